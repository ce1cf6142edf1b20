/** Machines as backends name them: what a sweep's points are changes of. */
import { allPlugins } from "@moira/core"
import { backendKind } from "@moira/hardware"
import { Effect, Schema } from "effect"
import type { CompareOptions } from "./options.ts"
import { numbersAndWords } from "./spec-parameters.ts"

/**
 * Specs of all machines that installed backends know, by name, for `CompareOptions.named`. A backend that cannot be loaded names
 * none: results are compared where they are read, not only where they were made.
 */
export const namedMachines = Effect.fn("pipeline.namedMachines")(function* () {
  const backends = yield* allPlugins(backendKind).pipe(Effect.orElseSucceed(() => []))
  const all = yield* Effect.forEach(backends, ({ plugin }) =>
    Effect.forEach(Object.entries(plugin.machines), ([name, machine]) =>
      Schema.encodeEffect(plugin.Spec)(machine).pipe(
        Effect.map((spec) => [[name, numbersAndWords(spec, "machine.")] as const]),
        Effect.orElseSucceed(() => [])
      )
    )
  )
  return Object.fromEntries(all.flat(2)) satisfies NonNullable<CompareOptions["named"]>
})

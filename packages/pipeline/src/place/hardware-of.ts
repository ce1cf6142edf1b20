/** The machine that several tasks of one thread run on: one of a thousand units takes longer to build than many of them to run. */
import { importPlugin } from "@moira/core"
import { backendKind, type BuiltHardware, Hardware } from "@moira/hardware"
import { Effect } from "effect"
import type { NamedMachine } from "../machine/find.ts"

/** The one that was asked for last. */
let last: { readonly key: string; readonly hardware: Promise<BuiltHardware> } | undefined

/** Builds a machine, or gives the one that the thread has already. */
export const hardwareOf = ({ backend, machine }: NamedMachine): Promise<BuiltHardware> => {
  const key = JSON.stringify([backend.module, machine])
  if (last?.key === key) return last.hardware
  const built = Effect.flatMap(importPlugin(backendKind, backend.module), (plugin) =>
    Hardware.pipe(Effect.provide(Hardware.layer(plugin, machine)))
  )
  last = { key, hardware: Effect.runPromise(built) }
  return last.hardware
}

/** What several kinds of run ask for in the same words. */
import { sha256 } from "@moira/core"
import { Effect } from "effect"
import type { MachineChoice } from "../../machine/find.ts"
import { ExperimentError } from "../error.ts"
import { ExperimentInputs, type OpenedSource } from "../inputs.ts"
import type { MachineSource, RunKind } from "../schema.ts"

/** One value or several, as a list. */
export const listOf = <A>(value: A | ReadonlyArray<A>): ReadonlyArray<A> =>
  Array.isArray(value) ? (value as ReadonlyArray<A>) : [value as A]

/** The trace that is open; counts have no tokens to run. */
export const traceOf = (run: RunKind, source: OpenedSource) =>
  source.kind === "trace"
    ? Effect.succeed(source.reader)
    : Effect.fail(
        new ExperimentError({
          reason: "BadValue",
          where: "trace",
          what: `${source.name} holds counts, and ${run} follows tokens`,
          hint: "give a store of traces; counts can be analysed, placed and advised on"
        })
      )

/** A list or word as `--set` takes it. */
const changeText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

/** The machines, changes as `--set` has them, and digests of the specs that are files. */
export const machinesOf = Effect.fnUntraced(function* ({ name, backend, units, set = {} }: MachineSource) {
  const inputs = yield* ExperimentInputs
  const files: Record<string, string> = {}
  const machines: Array<MachineChoice> = []
  for (const one of listOf(name)) {
    if (!one.endsWith(".json")) machines.push(one)
    else {
      const file = yield* inputs.text(one)
      files[one] = sha256(file.text)
      machines.push(file)
    }
  }
  const changes = Object.entries(set).map(([key, value]) => `${key}=${changeText(value)}`)
  return {
    machines,
    files,
    sized: {
      ...(backend === undefined ? {} : { backend }),
      ...(units === undefined ? {} : { units }),
      ...(changes.length === 0 ? {} : { changes })
    }
  }
})

/** Name of a stage that may have options. */
export const useOf = (stage: string | { readonly use: string } | undefined, usual: string): string =>
  stage === undefined ? usual : typeof stage === "string" ? stage : stage.use

/** Kinds of result by name, each with its chapter. */
import { builtinNames, loadPlugin } from "@moira/core/node"
import { Effect } from "effect"
import type { ReportedKind } from "../reported-kind.ts"
import { resultKind } from "../result-kind.ts"

/** The built-in kinds and those of other names, packages or paths; of two that know the same documents, the later. */
export const loadKinds = Effect.fn("report.loadKinds")(function* (
  names: ReadonlyArray<string> = [],
  more: ReadonlyArray<ReportedKind> = []
) {
  const builtin = yield* Effect.forEach(builtinNames(resultKind), (name) => loadPlugin(resultKind, name))
  const named = yield* Effect.forEach(names, (name) => loadPlugin(resultKind, name))
  const all = [...builtin.map(({ plugin }) => plugin), ...more, ...named.map(({ plugin }) => plugin)]
  return [...new Map(all.map((kind) => [kind.schema, kind])).values()]
})

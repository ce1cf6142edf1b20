/** Kinds of result by name, each with its chapter. */
import { allPlugins, loadPlugin } from "@moira/core"
import { Effect } from "effect"
import type { ReportedKind } from "../reported-kind.ts"
import { resultKind } from "../result-kind.ts"

/**
 * The built-in kinds, those of installed packages, and those of other names, packages or paths; of two that know the same
 * documents, the later.
 */
export const loadKinds = Effect.fn("report.loadKinds")(function* (
  names: ReadonlyArray<string> = [],
  more: ReadonlyArray<ReportedKind> = []
) {
  const found = yield* allPlugins(resultKind)
  const named = yield* Effect.forEach(names, (name) => loadPlugin(resultKind, name))
  const all = [...found.map(({ plugin }) => plugin), ...more, ...named.map(({ plugin }) => plugin)]
  return [...new Map(all.map((kind) => [kind.schema, kind])).values()]
})

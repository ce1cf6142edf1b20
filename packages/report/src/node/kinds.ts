/** Kinds of result by name, each with its chapter. */
import { Plugins } from "@moira/core"
import { nodePlugins } from "@moira/core/node"
import { Effect } from "effect"
import type { ReportedKind } from "../reported-kind.ts"
import { resultKind } from "../result-kind.ts"

const find = Effect.fn("report.loadKinds")(function* (names: ReadonlyArray<string>, more: ReadonlyArray<ReportedKind>) {
  const plugins = yield* Plugins
  const found = yield* plugins.all(resultKind)
  const named = yield* Effect.forEach(names, (name) => plugins.load(resultKind, name))
  const all = [...found.map(({ plugin }) => plugin), ...more, ...named.map(({ plugin }) => plugin)]
  return [...new Map(all.map((kind) => [kind.schema, kind])).values()]
})

/**
 * The built-in kinds, those of installed packages, and those of other names, packages or paths; of two that know the same
 * documents, the later.
 */
export const loadKinds = (names: ReadonlyArray<string> = [], more: ReadonlyArray<ReportedKind> = []) =>
  find(names, more).pipe(Effect.provide(nodePlugins))

/** What every strategy must be, as named checks: plain data whose names lead to plug-ins. */
import { allocatorKind, residencyKind } from "@moira/allocation"
import { type PluginKind, Plugins } from "@moira/core"
import { nodePlugins } from "@moira/core/node"
import { type Check, registerChecks } from "@moira/core/testing"
import { optimizerKind } from "@moira/placement"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type Strategy, strategyContract } from "../strategy.ts"

const check = (name: string, run: () => void): Check => ({ name, run: Effect.sync(run) })

/** `from` is the URL of the strategy's module: paths in it are seen from there. */
const leads = (what: string, kind: PluginKind<unknown>, name: string, from: string): Check => ({
  name: `its ${what} is found`,
  run: Effect.gen(function* () {
    const plugins = yield* Plugins
    yield* plugins.load(kind, name, from)
  }).pipe(Effect.provide(nodePlugins))
})

/** The checks of one strategy. */
export const strategyChecks = (strategy: Strategy, from: string): ReadonlyArray<Check> => [
  check("says its contract, a name and a title", () => {
    assert.strictEqual(strategy.contract, strategyContract)
    assert.match(strategy.name, /^[a-z0-9]+(?:[-+][a-z0-9]+)*$/)
    assert.match(strategy.title, /^\S.*\S$/)
  }),
  check("is plain data", () => assert.deepStrictEqual(JSON.parse(JSON.stringify(strategy)), strategy)),
  leads("placement", optimizerKind, strategy.placement, from),
  leads("allocator", allocatorKind, strategy.allocator, from),
  leads("residency", residencyKind, strategy.residency ?? "fixed", from)
]

/** Registers the checks of a strategy as tests; `from` is the URL of its module. */
export const strategyConformance = (strategy: Strategy, from: string): void =>
  registerChecks(`${strategy.name}: ${strategyContract}`, strategyChecks(strategy, from))

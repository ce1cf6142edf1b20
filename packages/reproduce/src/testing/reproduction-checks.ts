/** What every reproduction must be, as named checks. */
import { inlineRunner } from "@moira/core"
import { nodePlugins } from "@moira/core/node"
import { type Check, registerChecks } from "@moira/core/testing"
import { figuresOf } from "@moira/report"
import { loadKinds } from "@moira/report/node"
import { assert } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type BenchOptions, makeBench } from "../bench.ts"
import { ReproducedRow } from "../document.ts"
import { type Outcome, type Reproduction, reproductionContract } from "../reproduction.ts"

const check = (name: string, run: () => void): Check => ({ name, run: Effect.sync(run) })

/** What experiments without traces are run with: no model, no file. */
const noTraces: BenchOptions = {
  models: [],
  traces: [],
  requests: 1,
  prefillTokens: 1,
  decodeTokens: 1,
  seed: 1,
  steps: 1,
  network: "bottleneck",
  hardware: undefined,
  out: "none"
}

const outcomeOf = (plugin: Reproduction, options: BenchOptions) =>
  Effect.flatMap(makeBench(options), plugin.run).pipe(Effect.scoped, Effect.provide([inlineRunner, nodePlugins]))

/** One line without space around it. */
const line = /^\S(.*\S)?$/

/** A row that measures nothing says why; each row is named once. */
const checkRows = ({ rows, notes }: Outcome): void => {
  const decode = Schema.decodeUnknownSync(ReproducedRow, { onExcessProperty: "error" })
  assert.isAbove(rows.length, 0, "compares nothing")
  for (const row of rows) {
    decode(row)
    const measured = [row.twin, row.real, row.ours ?? null].some((value) => value !== null)
    assert.isTrue(measured || row.why !== undefined, `${row.model}, ${row.what}: measures nothing and does not say why`)
  }
  const named = rows.map(({ model, what, unit }) => `${model}: ${what} (${unit})`)
  assert.deepStrictEqual(
    named.filter((name, i) => named.indexOf(name) !== i),
    [],
    "two rows of one name"
  )
  for (const note of notes) assert.match(note, line)
}

/**
 * The checks of one reproduction. It is run where it needs no traces, or with the bench of `options`: twice, since the same
 * bench gives the same outcome.
 */
export const reproductionChecks = (plugin: Reproduction, options?: BenchOptions): ReadonlyArray<Check> => [
  check("says its contract, a title and a claim in a line each", () => {
    assert.strictEqual(plugin.contract, reproductionContract)
    assert.match(plugin.title, line)
    assert.match(plugin.claim, /^\S.*\.$/)
  }),
  {
    name: "draws figures that reports have",
    run: Effect.gen(function* () {
      const known = new Set(figuresOf(yield* loadKinds()).map(({ id }) => id))
      assert.deepStrictEqual(
        plugin.figures.filter((id) => !known.has(id)),
        []
      )
    }).pipe(Effect.provide(nodePlugins))
  },
  ...(plugin.needsTraces !== false && options === undefined
    ? []
    : [
        {
          name: "compares rows of their form, the same when run again",
          run: Effect.gen(function* () {
            const outcome = yield* outcomeOf(plugin, options ?? noTraces)
            checkRows(outcome)
            assert.deepStrictEqual(yield* outcomeOf(plugin, options ?? noTraces), outcome)
          })
        }
      ])
]

/** Registers the checks of a reproduction as tests; `options` are of a small bench, for one that needs traces. */
export const reproductionConformance = (name: string, plugin: Reproduction, options?: BenchOptions): void =>
  registerChecks(`${name}: ${reproductionContract}`, reproductionChecks(plugin, options))

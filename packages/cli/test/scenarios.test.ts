/**
 * Every document of `scenarios/` in its fast form, against the results that are kept. After a change of results that is meant:
 * `MOIRA_REFRESH_SCENARIOS=1 npm test -- packages/cli/test/scenarios.test.ts`, and say in the commit why they changed.
 */
import { inlineRunner } from "@moira/core"
import { decodeExperiment, memoryPoints, planExperiment, PointStore, sweepExperiment } from "@moira/pipeline"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, describe, it } from "vitest"
import { parse } from "yaml"
import { seenFrom } from "../src/inputs/experiment-file.ts"
import { inScratch, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const folder = fileURLToPath(new URL("../../../scenarios/", import.meta.url))
const names = fs
  .readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => name.replace(".yaml", ""))
const fast: Readonly<Record<string, unknown>> = JSON.parse(fs.readFileSync(path.join(folder, "fast.json"), "utf8"))

/** A JSON merge patch (RFC 7396). */
const patched = (value: unknown, patch: unknown): unknown => {
  const isRecord = (of: unknown): of is Record<string, unknown> =>
    typeof of === "object" && of !== null && !Array.isArray(of)
  if (!isRecord(patch)) return patch
  const into: Record<string, unknown> = isRecord(value) ? { ...value } : {}
  for (const [key, change] of Object.entries(patch))
    if (change === null) delete into[key]
    else into[key] = patched(into[key], change)
  return into
}

interface Run {
  /** Of simulations a machine and a strategy with all that they are; of expert caches their names. */
  readonly machine: string | { readonly name: string }
  readonly strategy: string | { readonly name: string }
  readonly batch: number
  readonly slots?: number
  readonly metrics: Readonly<Record<string, number>>
}

const nameOf = (of: string | { readonly name: string }): string => (typeof of === "string" ? of : of.name)

const runText = ({ machine, strategy, batch, slots, metrics }: Run): readonly [string, unknown] => [
  [nameOf(machine), nameOf(strategy), `batch ${batch}`, ...(slots === undefined ? [] : [`${slots} slots`])].join(", "),
  { time_ps: metrics["time_ps"], throughput_tokens_per_s: metrics["throughput_tokens_per_s"] }
]

interface Layout {
  readonly optimizer: string
  readonly heldOut: { readonly layerTimePs: number; readonly speedup: number }
}

/** What is kept of a result: the numbers that answer the scenario's question. */
const answerOf = (text: string): unknown => {
  const document = JSON.parse(text)
  if (document.schema === "moira-place/1")
    return Object.fromEntries(
      document.place.layouts.map(({ optimizer, heldOut: { layerTimePs, speedup } }: Layout) => [
        optimizer,
        { layerTimePs, speedup }
      ])
    )
  return Object.fromEntries((document.offload?.runs ?? document.runs).map(runText))
}

const answers = (name: string) =>
  Effect.gen(function* () {
    const file = path.join(folder, `${name}.yaml`)
    const whole = parse(fs.readFileSync(file, "utf8")) as unknown
    // The whole document must be readable and its points findable too, though only its fast form runs.
    yield* Effect.fromResult(decodeExperiment(file, whole))
    const document = yield* Effect.fromResult(decodeExperiment(file, patched(whole, fast[name])))
    const { points } = yield* sweepExperiment(yield* planExperiment(document, file))
    const store = yield* PointStore
    return yield* Effect.forEach(points, ({ key, at, failure }) =>
      Effect.map(store.read(key), (kept) => ({
        at,
        ...(kept?.state === "done" ? { answer: answerOf(kept.text) } : { failure })
      }))
    )
  }).pipe(
    Effect.scoped,
    Effect.provide([...seenFrom(path.join(folder, `${name}.yaml`), inScratch("traces")), memoryPoints, inlineRunner])
  )

describe("scenarios", () => {
  it("are at least eight, each with a fast form and kept results", () => {
    assert.isAtLeast(names.length, 8)
    assert.sameMembers(Object.keys(fast), names)
  })

  for (const name of names)
    it(
      name,
      async () => {
        const kept = path.join(folder, "expected", `${name}.json`)
        const found = JSON.parse(JSON.stringify(await Effect.runPromise(answers(name))))
        if (process.env["MOIRA_REFRESH_SCENARIOS"] === "1") {
          fs.mkdirSync(path.dirname(kept), { recursive: true })
          fs.writeFileSync(kept, `${JSON.stringify(found, null, 2)}\n`)
        }
        assert.isTrue(found.every(({ failure }: { failure?: unknown }) => failure === undefined))
        assert.deepStrictEqual(found, JSON.parse(fs.readFileSync(kept, "utf8")))
      },
      60_000
    )
})

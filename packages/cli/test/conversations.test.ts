/** Conversations whose every turn returns its whole prefix, of routing without any relation: nothing must be found. */
import { makeModel } from "@moira/core/testing"
import { type Model, moeLayers, random, substream } from "@moira/core"
import { openStore, writeStore } from "@moira/trace/node"
import type { TraceRequest } from "@moira/trace"
import { Effect, Stream } from "effect"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { inScratch, moira, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const model: Model = {
  ...makeModel({ experts: 32, topK: 4 }),
  layers: 6,
  moe: { first: 0, last: 5, every: 1 },
  hidden: 1024,
  expertFfn: 512
}
const layers = moeLayers(model).length
const [conversations, turns, asked, answered] = [8, 10, 16, 8] as const

/** Rows `[token][layer]` of one conversation; each layer prefers some experts, each token draws by itself. */
const rowsOf = (seed: number): ReadonlyArray<ReadonlyArray<ReadonlyArray<number>>> => {
  const { below, uniform } = random(substream(seed, "conversation"))
  return Array.from({ length: turns * (asked + answered) }, () =>
    Array.from({ length: layers }, (_, layer) => {
      const chosen = new Set<number>()
      while (chosen.size < model.topK)
        chosen.add(uniform() < 0.3 ? (layer * 5 + below(6)) % model.experts : below(model.experts))
      return [...chosen]
    })
  )
}

const request = (
  rows: ReturnType<typeof rowsOf>,
  from: number,
  to: number,
  more: Partial<TraceRequest> = {}
): TraceRequest => {
  const own = rows.slice(from, to)
  return {
    benchmark: "chat",
    subject: "talk",
    language: "en",
    source: "made.json",
    prefillTokens: own.length - answered,
    decodeTokens: answered,
    ids: Uint16Array.from(Array.from({ length: layers }, (_, layer) => own.flatMap((row) => row[layer]!)).flat()),
    ...more
  }
}

const turnEnds = Array.from({ length: turns }, (_, turn) => (turn + 1) * (asked + answered))
const talks = Array.from({ length: conversations }, (_, c) => rowsOf(c))
/** As engines return them, and the same cut apart into what each turn computed. */
const whole = talks.flatMap((rows) => turnEnds.map((to) => request(rows, 0, to)))
const apart = talks.flatMap((rows, c) =>
  turnEnds.map((to) => request(rows, to - asked - answered, to, { group: `talk ${c}` }))
)

const store = async (name: string, requests: ReadonlyArray<TraceRequest>) => {
  const directory = inScratch(`${name}.moira`)
  const origin = { format: "test", options: {} }
  await Effect.runPromise(writeStore({ directory, model, origin }, Stream.fromIterable(requests)))
  return directory
}

const json = async (...args: ReadonlyArray<string>): Promise<any> => {
  const { code, stdout, stderr } = await moira(...args, "--json")
  assert.strictEqual(code, 0, stderr)
  return JSON.parse(stdout)
}

/** Without what says which store it is of. */
const answerOf = (document: any): any => {
  const { input: _input, experiment: _experiment, digest: _digest, ...rest } = document
  return JSON.parse(JSON.stringify(rest))
}

describe("ten-turn conversations without a relation", () => {
  let [whole_, apart_] = ["", ""]
  beforeAll(async () => {
    whole_ = await store("whole", whole)
    apart_ = await store("apart", apart)
  })

  it("each token is load once", async () => {
    const { manifest } = await Effect.runPromise(Effect.scoped(openStore(whole_)))
    const { prefillTokens, decodeTokens, independentUnits } = manifest.counts
    assert.deepStrictEqual(
      [prefillTokens, decodeTokens, independentUnits],
      [conversations * turns * asked, conversations * turns * answered, conversations]
    )
  })

  it("held-out coverage is not above popularity, and is what the turns cut apart give", async () => {
    const [found, expected] = [
      await json("analyze", whole_, "--out", inScratch("of-whole")),
      await json("analyze", apart_, "--out", inScratch("of-apart"))
    ]
    assert.deepStrictEqual(answerOf(found), answerOf(expected))
    assert.strictEqual(found.input.independentUnits, conversations)
    for (const relation of [found.temporal.crossLayer, found.temporal.crossToken]) {
      const { heldOut, interval, popularity } = relation.mean
      assert.isBelow(heldOut, popularity + 0.003)
      assert.isBelow(interval[0], popularity)
    }
    assert.isAbove(found.temporal.requestDrift.mean.pValue, 0.05)
  })

  it("forecasts and advice are those of the turns cut apart", async () => {
    const args = ["--predictors", "popularity,recency"]
    assert.deepStrictEqual(
      answerOf(await json("forecast", whole_, ...args)),
      answerOf(await json("forecast", apart_, ...args))
    )
    const sizes = ["--machine", "dgx-h100", "--units", "4", "--batch", "64", "--steps", "4", "--phase", "both"]
    const [found, expected] = [await json("advise", whole_, ...sizes), await json("advise", apart_, ...sizes)]
    for (const document of [found, expected]) delete document.advice.commands
    assert.deepStrictEqual(answerOf(found), answerOf(expected))
    assert.deepStrictEqual([found.advice.samples, found.advice.groups], ["groups", conversations / 2])
    assert.match(found.advice.judgedOn, /in 4 independent groups/)
  })
})

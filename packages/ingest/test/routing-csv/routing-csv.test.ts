import { assert, it } from "@effect/vitest"
import { missingExpert } from "@moira/trace"
import { Effect, Stream } from "effect"
import routingCsv from "../../src/formats/routing-csv/index.ts"
import { conformance, fixtureFolder } from "../../src/testing.ts"
import { layerMajorIds } from "../fixtures/rows.ts"
import { tiny } from "../tiny.ts"
import { byLayer, lines, made, next, prompt, text } from "./cases.ts"

const header = "phase,token,layer,rank,expert\n"
/** Without the rows of the last layer of the prompt's first tokens. */
const pruned = lines("prefill", 0, prompt).replaceAll(/^prefill,[01],2,.*\n/gm, "")
const holes = [...prompt.slice(0, 2).map(([first]) => [first!, [-1, -1]]), prompt[2]!]

conformance(routingCsv, {
  accepted: [
    {
      name: "a prompt, decode, and the next prompt",
      files: { "a/b/t.csv": text },
      model: tiny,
      linesStandAlone: true,
      requests: [
        { prefillTokens: 3, decodeTokens: 2, benchmark: "a", subject: "b", ids: layerMajorIds([...prompt, ...made]) },
        { prefillTokens: 2, decodeTokens: 0, ids: layerMajorIds(next) }
      ]
    },
    {
      name: "columns in another order and more of them, layers before tokens, named requests, ranks from 1",
      files: { "t.csv": byLayer.replaceAll("\n", "\r\n") },
      model: tiny,
      requests: [
        { prefillTokens: 2, decodeTokens: 0, ids: layerMajorIds(made) },
        { prefillTokens: 3, decodeTokens: 0, ids: layerMajorIds(prompt) }
      ]
    },
    {
      name: "a last layer of outputs alone, and decode tokens that are numbered anew in each step",
      files: {
        "t.csv": `${header}${pruned}${lines("decode", 0, made.slice(0, 1))}${lines("decode", 0, made.slice(1))}`
      },
      model: tiny,
      linesStandAlone: true,
      requests: [{ prefillTokens: 3, decodeTokens: 2, ids: layerMajorIds([...holes, ...made]) }]
    }
  ],
  refused: [
    {
      name: "no header",
      files: { "t.csv": lines("prefill", 0, prompt) },
      model: tiny,
      reason: "Malformed",
      where: "line 1"
    },
    { name: "a header alone", files: { "t.csv": header }, model: tiny, reason: "Truncated" },
    {
      name: "a phase of its own",
      files: { "t.csv": `${header}warm,0,1,0,3\n` },
      model: tiny,
      reason: "Malformed",
      where: "line 2"
    },
    {
      name: "a cell too few",
      files: { "t.csv": `${header}decode,0,1,0\n` },
      model: tiny,
      reason: "Malformed",
      where: "line 2"
    },
    {
      name: "a word for an expert",
      files: { "t.csv": `${header}decode,0,1,0,x\n` },
      model: tiny,
      reason: "Malformed",
      where: "line 2"
    },
    {
      name: "a rank beyond the choices",
      files: { "t.csv": `${header}decode,0,1,3,4\ndecode,0,2,0,1\n` },
      model: tiny,
      reason: "OutOfRange",
      where: "line 2"
    },
    {
      name: "half a token",
      files: { "t.csv": `${header}${lines("decode", 0, made).replace(/^decode,0,1,1,.*\n/m, "")}` },
      model: tiny,
      reason: "Ragged",
      where: "line 2"
    },
    {
      name: "a decode token without the last layer",
      files: { "t.csv": `${header}${lines("decode", 0, made).replaceAll(/^decode,0,2,.*\n/gm, "")}` },
      model: tiny,
      reason: "Ragged",
      where: "line 2"
    },
    {
      name: "a layer that is missing",
      files: { "t.csv": `${header}decode,0,1,0,3\ndecode,0,1,1,4\n` },
      model: tiny,
      reason: "WrongShape"
    },
    {
      name: "an id beyond the experts",
      files: { "t.csv": `${header}decode,0,1,0,3\ndecode,0,1,1,12\ndecode,0,2,0,3\ndecode,0,2,1,1\n` },
      model: tiny,
      reason: "OutOfRange",
      where: "line 2, layer 1"
    },
    { name: "a shape that no model has", files: { "t.csv": text }, reason: "UnknownModel" }
  ]
})

it.effect("says what it assumed of phases and requests, and takes the phase that is given", () =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder({
      "t.csv": `token,layer,expert\n${lines("x", 0, made).replaceAll(/^x,(\d+),(\d+),\d+,/gm, "$1,$2,")}`
    })
    const read = (phase?: "decode") =>
      Effect.flatMap(
        routingCsv.read([folder], { model: tiny, ...(phase === undefined ? {} : { phase }) }),
        ({ requests }) => Stream.runCollect(requests)
      )
    const [[prefill], [decode]] = [yield* read(), yield* read("decode")]
    assert.deepStrictEqual([prefill!.prefillTokens, prefill!.decodeTokens], [2, 0])
    assert.deepStrictEqual([decode!.prefillTokens, decode!.decodeTokens], [0, 2])
    assert.deepStrictEqual([...decode!.ids], layerMajorIds(made))
    assert.include(prefill!.remarks!.map(({ what }) => what).join(), "taken as prefill (--phase decode changes it)")
    assert.include(prefill!.remarks!.map(({ what }) => what).join(), "does not name requests")
  })
)

it.effect("rows that are missing are holes, and told", () =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder({ "t.csv": `${header}${pruned}` })
    const { requests } = yield* routingCsv.read([folder], { model: tiny })
    const [request] = yield* Stream.runCollect(requests)
    assert.strictEqual(request!.ids.filter((id) => id === missingExpert).length, 4)
    assert.include(request!.remarks!.map(({ what }) => what).join(), "these rows are missing")
  })
)

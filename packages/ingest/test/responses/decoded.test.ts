/** What requests tell of their tokens, and what bad records cost. */
import { assert, describe, it } from "@effect/vitest"
import type { TraceRequest } from "@moira/trace"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import decode from "../../src/formats/vllm/decoder.ts"
import { labelFile } from "../../src/parts/layout.ts"
import { isBadRecord } from "../../src/parts/bad-record.ts"
import type { Decoded, DecodeOptions } from "../../src/source.ts"
import { layerMajorIds, type Tokens } from "../fixtures/rows.ts"
import { tiny } from "../tiny.ts"
import {
  aborted,
  cachedSequence,
  eventStream,
  fromStart,
  made,
  padded,
  prompt,
  streamLines,
  tokensListed,
  whole,
  wholeChoices
} from "../vllm/cases.ts"

const decoded = (name: string, content: string, options: DecodeOptions = {}): ReadonlyArray<Decoded> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "moira-responses-"))
  try {
    const file = path.join(folder, name)
    fs.writeFileSync(file, content)
    const item = { ...labelFile(file), kind: "responses" as const, sidecar: undefined }
    return [...decode(tiny, options)(item)]
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

const only = (name: string, content: string, options: DecodeOptions = {}): TraceRequest => {
  const all = decoded(name, content, options)
  assert.strictEqual(all.length, 1)
  const [one] = all
  if (isBadRecord(one!)) throw new Error(one.bad.what)
  return one!
}

const told = ({ remarks = [] }: TraceRequest) => remarks.map(({ kind, what }) => `${kind}: ${what}`)
const hole = (token: Tokens[number]) => token.map((row) => row.map(() => -1))

it("tokens without ids are refused before any is looked at", () => {
  const routed_experts = { data: "", shape: [2 ** 40, 0, 2], dtype: "int16" }
  const usage = { prompt_tokens: 3, completion_tokens: 2 }
  const text = JSON.stringify({ choices: [{ routed_experts }], usage })
  assert.throws(() => decoded("r.json", text), /whose tokens have no ids/)
})

it("choices of several prompts, each listed beside its answer, are no group", () => {
  const choice = (from: number, prompts: number, answer: number) => ({
    prompt_token_ids: Array.from({ length: prompts }, () => 7),
    token_ids: Array.from({ length: answer }, () => 8),
    routed_experts: whole.slice(from, from + prompts + answer - 1)
  })
  const all = decoded("r.json", JSON.stringify({ choices: [choice(0, 2, 3), choice(1, 4, 3)] })) as Array<TraceRequest>
  assert.deepStrictEqual(
    all.map(({ prefillTokens, decodeTokens, group }) => [prefillTokens, decodeTokens, group]),
    [
      [2, 2, undefined],
      [4, 2, undefined]
    ]
  )
})

describe("cached tokens", () => {
  it("whose rows are there are repeated", () => {
    const request = only("r.json", cachedSequence(whole))
    assert.deepInclude(request, { prefillTokens: 4, decodeTokens: 3, cachedTokens: 2, repeatedTokens: 2 })
    assert.deepStrictEqual([...request.ids], layerMajorIds(whole))
    assert.match(told(request)[0]!, /^note: .*cache are in the file/)
  })

  it.each([
    ["-1", -1],
    ["zeros", 0],
    ["255", 255]
  ] as const)("whose rows are %s are not recorded, because of the cache", (_, fill) => {
    const rows = whole.map((token, t) => (t < 2 ? token.map((row) => row.map(() => fill)) : token))
    const request = only("r.json", cachedSequence(rows))
    assert.deepStrictEqual(request.runs, [
      { tokens: 2, phase: "prefill", missing: "cache" },
      { tokens: 2, phase: "prefill" },
      { tokens: 3, phase: "decode" }
    ])
    assert.isUndefined(request.repeatedTokens)
    assert.deepStrictEqual([...request.ids], layerMajorIds(whole.map((token, t) => (t < 2 ? hole(token) : token))))
  })

  it("whose rows are absent are told, and those before a start that was asked for", () => {
    const request = only("r.json", cachedSequence(whole.slice(2)))
    assert.deepInclude(request, { prefillTokens: 2, decodeTokens: 3, cachedTokens: 2 })
    assert.isUndefined(request.repeatedTokens)
    assert.match(told(request)[0]!, /cache are not in the file/)
    const started = only("r.json", fromStart)
    assert.isUndefined(started.cachedTokens)
    assert.match(told(started)[0]!, /asked for later ones/)
  })
})

describe("padding", () => {
  it("of the last token is left out with a note", () => {
    const request = only("r.json", padded)
    assert.deepInclude(request, { prefillTokens: 4, decodeTokens: 3 })
    assert.match(told(request)[0]!, /^note: .*padding/)
  })

  it("of tokens that were run is not recorded, with a warning", () => {
    const rows = [
      ...whole.slice(0, 6),
      [
        [0, 0],
        [0, 0]
      ]
    ]
    const request = only(
      "r.json",
      JSON.stringify({ choices: [{ routed_experts: rows }], usage: { prompt_tokens: 4, completion_tokens: 4 } })
    )
    assert.deepStrictEqual(request.runs?.at(-1), { tokens: 1, phase: "decode", missing: "padding" })
    assert.match(told(request)[0]!, /^warning: .*not recorded/)
    assert.deepStrictEqual([...request.ids], layerMajorIds([...whole.slice(0, 6), hole(whole[6]!)]))
  })

  it("inside the sequence is a fault", () => {
    const rows = whole.map((token, t) =>
      t === 5
        ? [
            [0, 0],
            [0, 0]
          ]
        : token
    )
    assert.throws(() => only("r.json", cachedSequence(rows)), /comes twice/)
  })
})

describe("phases that the file does not say", () => {
  const bare = JSON.stringify({ choices: [{ routed_experts: whole }] })
  it("are decode with a note, or what was asked for", () => {
    const assumed = only("r.json", bare)
    assert.deepInclude(assumed, { prefillTokens: 0, decodeTokens: 7 })
    assert.match(told(assumed)[0]!, /^note: .*--phase prefill/)
    assert.deepInclude(only("r.json", bare, { phase: "prefill" }), { prefillTokens: 7, decodeTokens: 0 })
    const named = only("r.json", bare, { promptTokens: 4 })
    assert.deepInclude(named, { prefillTokens: 4, decodeTokens: 3 })
    assert.isEmpty(told(named))
  })

  it("follow from the tokens that are listed, with a note", () => {
    const request = only("r.json", tokensListed)
    assert.deepInclude(request, { prefillTokens: 4, decodeTokens: 3 })
    assert.match(told(request)[0]!, /length of the prompt is not in the file/)
  })

  it("are not guessed for a stream that was cut", () => {
    const cut = eventStream.slice(0, eventStream.lastIndexOf("data: {"))
    const [bad] = decoded("r.txt", cut)
    assert.isTrue(isBadRecord(bad!) && bad.bad.reason === "Truncated")
  })
})

describe("bad records", () => {
  it("an aborted one costs itself alone", () => {
    const all = decoded("r.jsonl", aborted)
    assert.deepStrictEqual(all.map(isBadRecord), [false, true, false])
    const [, bad] = all
    assert.isTrue(isBadRecord(bad!) && /r\.jsonl, line 2, byte/.test(bad.bad.where) && /aborted/.test(bad.bad.what))
  })

  it("so do a damaged line, an element of a list, a failed request of a batch and one of several choices", () => {
    const good = tokensListed
    const kinds = (content: string, name = "r.jsonl") => decoded(name, content).map(isBadRecord)
    assert.deepStrictEqual(kinds(`${good}\n{"choices": [{\n${good}\n`), [false, true, false])
    const packed = /"routed_experts":"([^"]*)"/.exec(good)![1]!
    assert.deepStrictEqual(kinds(`[${good}, ${good.replace(packed, "####")}, ${good}]`, "r.json"), [false, true, false])
    const failed = JSON.stringify({ id: "b", response: null, error: { message: "no\u001b[31m" } })
    assert.deepStrictEqual(kinds(`${failed}\n${good}\n`), [true, false])
    const two = JSON.parse(wholeChoices)
    two.choices[0].routed_experts = null
    assert.deepStrictEqual(kinds(JSON.stringify(two), "r.json"), [true, false])
    assert.match((decoded("r.json", JSON.stringify(two))[1] as TraceRequest).source, /, choice 1$/)
  })

  it("no message blames the server, and none holds control characters", () => {
    const bare = JSON.stringify({
      choices: [{ routed_experts: null }],
      usage: { prompt_tokens: 4, completion_tokens: 4 }
    })
    const failed = JSON.stringify({ error: { message: "no\u001b[31m" } })
    const misfit = JSON.stringify({
      choices: [{ routed_experts: prompt }],
      usage: { prompt_tokens: 4, completion_tokens: 9 }
    })
    for (const line of [bare, failed, misfit]) {
      const [bad] = decoded("r.jsonl", `${line}\n`)
      assert.isTrue(isBadRecord(bad!))
      const { what, hint } = (bad as Extract<Decoded, { bad: unknown }>).bad
      assert.notMatch(`${what} ${hint}`, /start the server|lost tokens|record again/)
      assert.notMatch(what, /\p{Cc}/u)
      assert.include(hint, "--skip-bad")
    }
  })

  it("so is one that claims more cached tokens than can be stored", () => {
    const usage = {
      prompt_tokens: 2 ** 40,
      completion_tokens: 4,
      prompt_tokens_details: { cached_tokens: 2 ** 40 - 4 }
    }
    const [bad] = decoded("r.jsonl", `${JSON.stringify({ choices: [{ routed_experts: whole }], usage })}\n`)
    assert.isTrue(isBadRecord(bad!) && bad.bad.reason === "OutOfRange")
  })

  it("a file with nothing but bad records is another file", () => {
    assert.throws(() => decoded("r.jsonl", "{\n".repeat(1002)), /after 1000 other bad records/)
  })
})

it("several responses in a file that is not named as lines are lines all the same", () => {
  const all = decoded("r.json", `${tokensListed}\n${padded}\n`) as ReadonlyArray<TraceRequest>
  assert.deepStrictEqual(
    all.map(({ source, decodeTokens }) => [source.replace(/.*, /, ""), decodeTokens]),
    [
      ["line 1", 3],
      ["line 2", 3]
    ]
  )
})

describe("streams", () => {
  it("two at a time are told apart by their ids, in the order in which they began", () => {
    const [first, last, usage] = streamLines.split("\n")
    const second = (line: string) => line.replaceAll("chatcmpl-1", "chatcmpl-2")
    const mixed = [first!, second(first!), second(last!), last!, usage!, second(usage!)].join("\n")
    const all = decoded("r.jsonl", mixed)
    assert.deepStrictEqual(
      all.map((one) => (one as TraceRequest).source.replace(/.*, /, "")),
      ["line 4", "line 3"]
    )
    for (const one of all) assert.deepStrictEqual([...(one as TraceRequest).ids], layerMajorIds(whole))
  })

  it("tokens that parts list add up", () => {
    const part = (more: object) => `${JSON.stringify({ request_id: "a", choices: [{ index: 0, ...more }] })}\n`
    const content =
      part({ token_ids: [1, 2], finish_reason: null }) +
      part({ token_ids: [3, 4], finish_reason: "stop", routed_experts: whole })
    assert.deepInclude(only("r.jsonl", content), { prefillTokens: 4, decodeTokens: 3 })
  })
})

it("choices of a prompt are of one group, and responses of one choice of none", () => {
  const [a, b] = decoded("r.json", wholeChoices) as ReadonlyArray<TraceRequest>
  assert.isString(a!.group)
  assert.strictEqual(a!.group, b!.group)
  assert.isUndefined(only("r.json", tokensListed).group)
  assert.deepStrictEqual([a!.decodeTokens, b!.decodeTokens], [made.length, 2])
})

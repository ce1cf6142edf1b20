/** Files as engines write them: public reports 05 to 21, 36 to 44 and 60 to 69, with the right values computed beside them. */
import { afterAll, assert, describe, it } from "vitest"
import { removeScratch } from "../moira.ts"
import { answer, fresh, hasCases, inCase, ingested, refusal, tokensOf } from "./case.ts"

afterAll(removeScratch)

const gptOss = ["--model", "gpt-oss-20b"]

describe.skipIf(!hasCases)("traces as engines write them", () => {
  /** Case, what of it is read, flags, prompt tokens, decode tokens, and words that must be told. */
  const read: ReadonlyArray<{
    readonly of: string
    readonly flags: ReadonlyArray<string>
    readonly tokens: readonly [number, number]
    readonly told?: RegExp
  }> = [
    { of: "05-generate-no-usage/r.json", flags: gptOss, tokens: [50, 5] },
    { of: "07-mixed-chunk", flags: gptOss, tokens: [22, 5] },
    { of: "08-moe-trace-last-layer", flags: gptOss, tokens: [12, 5], told: /last layer/i },
    { of: "09-moe-trace-concatenated", flags: gptOss, tokens: [18, 7] },
    { of: "13-fill-255", flags: ["--model", "deepseek-v2-lite"], tokens: [8, 4] },
    { of: "15-prompt-start", flags: [], tokens: [5, 9] },
    { of: "16-start-len", flags: gptOss, tokens: [30, 18] },
    { of: "17-stream-chunks/lines", flags: [], tokens: [10, 5] },
    { of: "17-stream-chunks/sse", flags: [], tokens: [10, 5] },
    { of: "18-batch-output", flags: [], tokens: [45, 15] },
    { of: "20-tail-padding", flags: [], tokens: [8, 3], told: /padding/i },
    { of: "37-rollout-numpy", flags: gptOss, tokens: [20, 9] },
    { of: "39-payload-object/whole", flags: ["--model", inCase("39-payload-object", "model.json")], tokens: [8, 4] },
    { of: "39-payload-object/delta", flags: ["--model", inCase("39-payload-object", "model.json")], tokens: [3, 4] },
    { of: "42-routing-csv", flags: gptOss, tokens: [6, 3] },
    { of: "61-missing-rows", flags: [], tokens: [20, 10] }
  ]
  it.each(read)("$of", async ({ of, flags, tokens, told }) => {
    const stored = await ingested(inCase(of), ...flags)
    assert.deepStrictEqual(tokensOf(stored), tokens)
    if (told !== undefined) assert.match(stored.told, told)
  })

  it("06: verify passes are decode tokens", async () => {
    const stored = await ingested(inCase("06-target-verify"), ...gptOss)
    const [prefill, decode] = tokensOf(stored)
    assert.strictEqual(prefill, 20)
    assert.include([48, 33], decode)
    const run = await answer("simulate", stored.out, "--machine", "dgx-h100", "--batch", "2")
    assert.isNotEmpty(Object.keys(run))
  })

  it("08: rows that the last layer lacks are told as missing ids", async () => {
    const { json } = await ingested(inCase("08-moe-trace-last-layer"), ...gptOss)
    assert.strictEqual(json.counts.missingIds, 44)
  })

  it("09, 13, 16, 17, 18: as many requests as there are", async () => {
    const requests = async (name: string, part: string, ...flags: ReadonlyArray<string>) =>
      (await ingested(inCase(name, part), ...flags)).json.counts.requests
    assert.strictEqual(await requests("09-moe-trace-concatenated", "", ...gptOss), 2)
    assert.strictEqual(await requests("16-start-len", "", ...gptOss), 2)
    assert.strictEqual(await requests("17-stream-chunks", "lines"), 1)
    assert.strictEqual(await requests("17-stream-chunks", "sse"), 1)
    assert.strictEqual(await requests("18-batch-output", ""), 3)
  })

  it("10, 11: what ranks and recomputation write twice is one token", async () => {
    const ranks = await ingested(inCase("10-router-trace-tensor-ranks"), ...gptOss)
    assert.strictEqual(tokensOf(ranks)[0] + tokensOf(ranks)[1], 16)
    assert.match(ranks.told, /rank/)
    const again = await ingested(inCase("11-router-trace-recompute"), ...gptOss)
    assert.strictEqual(tokensOf(again)[0] + tokensOf(again)[1], 8)
    assert.match(again.told, /recomput|twice/i)
  })

  it("13: fill in a layer without experts is no hole", async () => {
    const { json } = await ingested(inCase("13-fill-255"), "--model", "deepseek-v2-lite")
    assert.strictEqual(json.counts.missingIds, 0)
  })

  it("14, 68: two choices of a prompt", async () => {
    for (const name of ["14-two-choices-whole-sequence", "68-two-choices-sglang"]) {
      const stored = await ingested(inCase(name))
      assert.deepStrictEqual([stored.json.counts.requests, tokensOf(stored)[1]], [2, 13], name)
    }
  })

  it("19: an aborted record costs that record", async () => {
    const stored = await ingested(inCase("19-aborted"), "--skip-bad")
    assert.deepStrictEqual([stored.json.counts.requests, ...tokensOf(stored)], [2, 24, 10])
    assert.match(JSON.stringify(stored.json.skipped), /line 2/)
    assert.match(await refusal(inCase("19-aborted")), /line 2.*--skip-bad/s)
  })

  it("21: a dump without its map says so, and does not blame the model", async () => {
    const message = await refusal(inCase("21-recorder-no-map"), ...gptOss)
    assert.match(message, /map/)
    assert.notMatch(message, /choose its model/)
  })

  it("36: a bare array is told in three lines", async () => {
    const message = await refusal(inCase("36-bare-array"), ...gptOss)
    assert.isAtMost(message.trim().split("\n").length, 3)
    assert.match(message, /15, 24, 4/)
    assert.match(message, /req0\.json/)
    assert.strictEqual(message.split(inCase("36-bare-array")).length - 1, 1, message)
  })

  it("38: logits of transformers become ids", async () => {
    for (const part of ["npz", "pt"]) {
      const stored = await ingested(inCase("38-router-logits", part), ...gptOss)
      assert.strictEqual(tokensOf(stored)[0] + tokensOf(stored)[1], 10, part)
    }
  })

  it("43: torch's old format is read, or named", async () => {
    const stored = await ingested(inCase("43-old-torch-file"), ...gptOss)
    assert.deepStrictEqual(tokensOf(stored), [6, 1])
  })

  it("53: a count that no file can hold is refused at once", async () => {
    const begun = Date.now()
    for (const more of [[], ["--skip-bad"]]) {
      const model = ["--model", inCase("53-tiny-response", "model.json")]
      assert.match(await refusal(inCase("53-tiny-response", "trace"), ...model, ...more), /line 1|Empty|no requests/)
    }
    assert.isBelow(Date.now() - begun, 4000)
  })

  it("60, 69: a buffer never written, a pickle that calls", async () => {
    assert.match(await refusal(inCase("60-zero-buffer")), /every id is 0/)
    assert.notMatch(await refusal(inCase("69-hostile-pickle"), ...gptOss), /the pickle was run/)
  })

  it("61: holes in int16 arrays", async () => {
    assert.strictEqual((await ingested(inCase("61-missing-rows"))).json.counts.missingIds, 288)
  })
})

describe.skipIf(!hasCases)("counts as engines write them", () => {
  const counts = async (name: string, part: string, model: string) => {
    const out = fresh(".counts")
    return answer("ingest", inCase(name, part), "--model", model, "--out", out)
  }

  it.each([
    ["40-counts-csv", "", "gpt-oss-20b", 24, 32, 5760],
    ["41-counts-json", "stats", "deepseek-v2-lite", 26, 64, 7800],
    ["41-counts-json", "dict", "deepseek-v2-lite", 26, 64, 7800],
    ["63-count-limits", "great", "deepseek-v2-lite", 26, 64, 464_543_662_737_024],
    ["66-redundant-slots", "", "gpt-oss-20b", 24, 32, 5760],
    ["67-ring-buffer", "", "gpt-oss-20b", 24, 32, 7680]
  ] as const)("%s/%s", async (name, part, model, layers, experts, selections) => {
    const stored = await counts(name, part, model)
    assert.deepStrictEqual(
      [stored.layers.length, stored.experts, stored.workloads[0].selections],
      [layers, experts, selections]
    )
  })

  it("44: shares and ragged layers are refused for what they are", async () => {
    const shares = await refusal(inCase("44-loads-not-counts", "shares.json"))
    assert.match(shares, /share/)
    const ragged = await refusal(inCase("44-loads-not-counts", "ragged.json"))
    assert.match(ragged, /32.*64|64.*32/s)
    for (const message of [shares, ragged]) assert.notMatch(message, /damaged/)
  })

  it("63: numbers that are no counts", async () => {
    for (const file of ["nan.json", "negative.json", "too-great.json"])
      assert.match(await refusal(inCase("63-count-limits", file)), /byte \d/)
  })

  it("67: steps that were not written are left out and told", async () => {
    const stored = await counts("67-ring-buffer", "", "gpt-oss-20b")
    assert.strictEqual(stored.workloads[0].steps, 5)
    assert.match(JSON.stringify(stored.workloads[0].notes), /3/)
  })
})

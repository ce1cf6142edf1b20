/**
 * `moira analyze` on real traces against a plain slow reference: loops over the files' own numbers, with none of the
 * analysis code. Only which requests are held out is asked of the split, which a seed decides.
 */
import { sharedData } from "@moira/test-data"
import { type AnalysisDocument, type Relation } from "@moira/results"
import { openStore } from "@moira/trace/node"
import { heldOutMask } from "@moira/core/statistics"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { inflateRawSync } from "node:zlib"
import { afterAll, assert, describe, it } from "vitest"
import { inScratch, moira, removeScratch } from "./moira.ts"

/** One request: `tokens[t][layerIndex]` lists expert ids; the first `prefill` tokens are the prompt. */
interface PlainTrace {
  readonly experts: number
  readonly layers: ReadonlyArray<number>
  readonly requests: ReadonlyArray<{
    readonly prefill: number
    readonly tokens: ReadonlyArray<ReadonlyArray<ReadonlyArray<number>>>
  }>
}

const zeros = (n: number): Array<number> => Array.from({ length: n }, () => 0)
const sum = (values: ReadonlyArray<number>): number => values.reduce((a, b) => a + b, 0)
const mean = (values: ReadonlyArray<number>): number => sum(values) / values.length

/** Held-out, popularity and in-sample coverage of the top 20 % at one layer, from lists of joint counts by request. */
const coverageOf = (
  trace: PlainTrace,
  held: ReadonlyArray<boolean>,
  visit: (request: number, pair: (i: number, j: number) => void) => void
) => {
  const { experts, requests } = trace
  const n = Math.max(1, Math.round(0.2 * experts))
  const train = Array.from({ length: experts }, () => zeros(experts))
  const judged = Array.from({ length: experts }, () => zeros(experts))
  for (const r of requests.keys()) {
    const into = held[r] === true ? judged : train
    visit(r, (i, j) => into[i]![j]!++)
  }
  const all = train.map((row, i) => row.map((count, j) => count + judged[i]![j]!))
  const column = (matrix: typeof train, j: number) => sum(matrix.map((row) => row[j]!))
  const popular = zeros(experts).map((_, j) => column(train, j))
  const ids = [...zeros(experts).keys()]
  const best = (row: ReadonlyArray<number>) =>
    ids.toSorted((a, b) => row[b]! - row[a]! || popular[b]! - popular[a]! || a - b).slice(0, n)
  const covered = (matrix: typeof train, choose: (i: number) => ReadonlyArray<number>) =>
    sum(ids.map((i) => sum(choose(i).map((j) => matrix[i]![j]!)))) / sum(matrix.map(sum))
  return {
    inSample: covered(all, (i) => best(all[i]!)),
    heldOut: covered(judged, (i) => best(train[i]!)),
    popularity: covered(judged, () => best(popular))
  }
}

/** Selections of each expert at a layer, in tokens that `wanted` admits. */
const frequencies = ({ experts, requests }: PlainTrace, l: number, wanted: (t: number, prefill: number) => boolean) => {
  const counts = zeros(experts)
  for (const { tokens, prefill } of requests)
    for (const [t, token] of tokens.entries()) if (wanted(t, prefill)) for (const id of token[l]!) counts[id]!++
  return counts
}

/** Spearman's rho by its definition: Pearson's correlation of average ranks, which come of comparing all with all. */
const spearman = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number => {
  const ranks = (values: ReadonlyArray<number>) =>
    values.map(
      (value) =>
        values.filter((other) => other < value).length + (values.filter((other) => other === value).length + 1) / 2
    )
  const [x, y] = [ranks(a), ranks(b)]
  const [mx, my] = [mean(x), mean(y)]
  const dot = (u: typeof x, mu: number, v: typeof x, mv: number) =>
    sum(u.map((value, k) => (value - mu) * (v[k]! - mv)))
  return dot(x, mx, y, my) / Math.sqrt(dot(x, mx, x, mx) * dot(y, my, y, my))
}

/** The first request whose prompt each one begins with, or itself: such requests are drawn together. */
const firstAlike = (requests: PlainTrace["requests"]): ReadonlyArray<number> => {
  const rows = (r: number, count: number) => JSON.stringify(requests[r]!.tokens.slice(0, count))
  return requests.map(({ prefill }, r) => {
    const alike = [...requests.keys()].find((s) => {
      const other = requests[s]!.prefill
      return s < r && other >= 8 && other <= prefill && rows(s, other) === rows(r, other)
    })
    return alike ?? r
  })
}

const reference = (trace: PlainTrace, first: ReadonlyArray<number> = [...trace.requests.keys()]) => {
  const { layers, requests } = trace
  const groups = [...new Set(first)]
  const sides = heldOutMask(groups.length)
  const held = first.map((group) => sides[groups.indexOf(group)] === 1)
  const flat = layers.map((_, l) => {
    const counts = frequencies(trace, l, () => true)
    return Math.max(...counts) > 0.95 * sum(counts)
  })
  const crossLayer = layers.slice(0, -1).map((layer, l) => ({
    layer,
    degenerate: flat[l]! || flat[l + 1]!,
    ...coverageOf(trace, held, (r, pair) => {
      for (const token of requests[r]!.tokens) for (const i of token[l]!) for (const j of token[l + 1]!) pair(i, j)
    })
  }))
  const crossToken = layers.map((layer, l) => ({
    layer,
    degenerate: flat[l]!,
    ...coverageOf(trace, held, (r, pair) => {
      const { tokens } = requests[r]!
      for (let t = 1; t < tokens.length; t++)
        for (const i of tokens[t - 1]![l]!) for (const j of tokens[t]![l]!) pair(i, j)
    })
  }))
  const rho = layers.map((layer, l) => ({
    layer,
    degenerate: flat[l]!,
    rho: spearman(
      frequencies(trace, l, (t, prefill) => t < prefill),
      frequencies(trace, l, (t, prefill) => t >= prefill)
    )
  }))
  return { crossLayer, crossToken, rho }
}

const near = (actual: number | null, expected: number) => assert.closeTo(actual ?? Number.NaN, expected, 1e-9)

const sameRelation = (actual: Relation, expected: ReturnType<typeof reference>["crossLayer"]) => {
  assert.deepStrictEqual(
    actual.layers.map(({ layer }) => layer),
    expected.map(({ layer }) => layer)
  )
  assert.deepStrictEqual(
    actual.degenerateLayers,
    expected.filter(({ degenerate }) => degenerate).map(({ layer }) => layer)
  )
  const usual = expected.filter(({ degenerate }) => !degenerate)
  for (const figure of ["inSample", "heldOut", "popularity"] as const) {
    for (const [k, { coverage }] of actual.layers.entries()) near(coverage[figure], expected[k]![figure])
    near(actual.mean![figure], mean(usual.map((of) => of[figure])))
  }
}

/** Ingests, analyses, and gives the document with the sources of the requests in trace order. */
const analysed = async (folder: string, name: string) => {
  const store = inScratch(`${name}.moira`)
  const made = await moira("ingest", folder, "--out", store)
  assert.strictEqual(made.code, 0, made.stderr)
  const { stdout, stderr, code } = await moira("analyze", store, "--only", "temporal", "--json")
  assert.strictEqual(code, 0, stderr)
  assert.notMatch(stdout, /NaN|Infinity/)
  const document = JSON.parse(stdout) as AnalysisDocument
  const { requests } = await Effect.runPromise(Effect.scoped(openStore(store)))
  return { temporal: document.temporal!, requests }
}

/** Shape and numbers of a one-byte or eight-byte integer `.npy` array in C order. */
const readArray = (bytes: Buffer) => {
  const length = bytes.readUInt16LE(8)
  const header = bytes.toString("latin1", 10, 10 + length)
  const shape = /\(([^)]*)\)/
    .exec(header)![1]!
    .split(",")
    .flatMap((part) => (part.trim() === "" ? [] : [Number(part)]))
  const wide = header.includes("i8")
  assert.isTrue(wide || header.includes("u1"), header)
  const data = bytes.subarray(10 + length)
  return { shape, at: (k: number) => (wide ? Number(data.readBigInt64LE(8 * k)) : data[k]!) }
}

/** The members of a zip archive, by the list at its end. */
const unzip = (bytes: Buffer): ReadonlyMap<string, Buffer> => {
  const members = new Map<string, Buffer>()
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  for (let k = 0, p = bytes.readUInt32LE(end + 16); k < bytes.readUInt16LE(end + 10); k++) {
    const [name, extra, comment] = [28, 30, 32].map((o) => bytes.readUInt16LE(p + o)) as [number, number, number]
    const local = bytes.readUInt32LE(p + 42)
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const packed = bytes.subarray(start, start + bytes.readUInt32LE(p + 20))
    const plain = bytes.readUInt16LE(p + 10) === 0 ? packed : inflateRawSync(packed)
    members.set(bytes.toString("latin1", p + 46, p + 46 + name), plain)
    p += 46 + name + extra + comment
  }
  return members
}

/** Rows `from` to `to` of an array of shape tokens x layers x top-k. */
const tokensOf = ({ shape, at }: ReturnType<typeof readArray>, from: number, to: number) => {
  const [, layers, topK] = shape as [number, number, number]
  return Array.from({ length: to - from }, (_, t) =>
    Array.from({ length: layers }, (__, l) =>
      Array.from({ length: topK }, (___, k) => at(((from + t) * layers + l) * topK + k))
    )
  )
}

const patterns = sharedData("traces/patterns")
const gptOss = sharedData("traces/gpt-oss-20b")
const mixtral = sharedData("traces/mixtral-8x7b-vllm")

describe("temporal relations of real traces equal a slow reference", () => {
  afterAll(removeScratch)

  it.skipIf(patterns === undefined)("Llama 4", { timeout: 240_000 }, async () => {
    const { temporal, requests: rows } = await analysed(patterns!, "llama4")
    const files = fs
      .readdirSync(patterns!, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".json"))
    assert.strictEqual(files.length, rows.length)
    const requests = rows.map(({ source }) => {
      const file = files.filter((name) => source.endsWith(name) || name.endsWith(source))
      assert.strictEqual(file.length, 1, source)
      const elements = JSON.parse(fs.readFileSync(path.join(patterns!, file[0]!), "utf8"))
      const moe = Object.keys(elements[0]).filter((key) => elements[0][key] !== null)
      const prefill = elements[0][moe[0]!].length
      const tokens = elements.flatMap((element: Record<string, ReadonlyArray<ReadonlyArray<number>>>) =>
        element[moe[0]!]!.map((_, t) => moe.map((layer) => element[layer]![t]!))
      )
      return { prefill, tokens, layers: moe.map(Number) }
    })
    const expected = reference({ experts: 128, layers: requests[0]!.layers, requests })
    sameRelation(temporal.crossLayer!, expected.crossLayer)
    sameRelation(temporal.crossToken!, expected.crossToken)
    assert.deepStrictEqual(temporal.crossToken!.degenerateLayers, [45])
    const usual = expected.rho.filter(({ layer }) => layer !== 45)
    for (const [k, layer] of temporal.prefillDecode!.layers.entries()) near(layer.rhoFrequency, expected.rho[k]!.rho)
    near(temporal.prefillDecode!.mean.rhoFrequency, mean(usual.map(({ rho }) => rho)))
  })

  it.skipIf(gptOss === undefined)("gpt-oss-20b, which has no prefill", { timeout: 240_000 }, async () => {
    const { temporal, requests: rows } = await analysed(path.join(gptOss!, "gptoss20b_decode_routing.npz"), "gptoss")
    const members = unzip(fs.readFileSync(path.join(gptOss!, "gptoss20b_decode_routing.npz")))
    const [experts, offsets] = ["experts.npy", "offsets.npy"].map((name) => readArray(members.get(name)!))
    const requests = Array.from({ length: offsets!.shape[0]! - 1 }, (_, r) => ({
      prefill: 0,
      tokens: tokensOf(experts!, offsets!.at(r), offsets!.at(r + 1))
    }))
    // The pack is in the order of the trace, or this would not hold.
    assert.deepStrictEqual(
      rows.map(({ decodeTokens }) => decodeTokens),
      requests.map(({ tokens }) => tokens.length)
    )
    const expected = reference({ experts: 32, layers: [...zeros(24).keys()], requests })
    sameRelation(temporal.crossLayer!, expected.crossLayer)
    sameRelation(temporal.crossToken!, expected.crossToken)
    assert.isNull(temporal.prefillDecode)
    assert.deepInclude(temporal.notMeasured, {
      what: "prefill against decode (Ob3)",
      why: "the trace has no prefill tokens"
    })
  })

  it.skipIf(mixtral === undefined)("Mixtral, arrays of vLLM", async () => {
    const { temporal, requests: rows } = await analysed(mixtral!, "mixtral")
    const requests = rows.map(({ source }) => {
      const base = path.join(mixtral!, path.basename(source).replace(/\.(npy|json)$/, ""))
      const array = readArray(fs.readFileSync(`${base}.npy`))
      const prefill: number = JSON.parse(fs.readFileSync(`${base}.json`, "utf8")).input_token_count
      return { prefill, tokens: tokensOf(array, 0, array.shape[0]!) }
    })
    assert.deepStrictEqual(temporal.crossToken!.degenerateLayers, [])
    // Two recordings are of one prompt: what the second repeats of it counts once.
    const first = firstAlike(requests)
    assert.isBelow(new Set(first).size, requests.length)
    const once = requests.map(({ prefill, tokens }, r) => {
      const repeated = first[r] === r ? 0 : requests[first[r]!]!.prefill
      return { prefill: prefill - repeated, tokens: tokens.slice(repeated) }
    })
    const expected = reference({ experts: 8, layers: [...zeros(32).keys()], requests: once }, first)
    sameRelation(temporal.crossLayer!, expected.crossLayer)
    sameRelation(temporal.crossToken!, expected.crossToken)
    for (const [k, layer] of temporal.prefillDecode!.layers.entries()) near(layer.rhoFrequency, expected.rho[k]!.rho)
    near(temporal.prefillDecode!.mean.rhoFrequency, mean(expected.rho.map(({ rho }) => rho)))
  })
})

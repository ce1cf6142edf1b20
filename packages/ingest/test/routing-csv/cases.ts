/** Made-up CSV files of selections with a header. */
import routingCsv from "../../src/formats/routing-csv/index.ts"
import type { FuzzCase } from "../fixtures/fuzz-case.ts"
import { type Files, judge, madeUp, textOf, type Tokens, type Verdict } from "../fixtures/rows.ts"

export const prompt = madeUp(3, 81)
export const made = madeUp(2, 82)
export const next = madeUp(2, 83)

/** Lines of tokens, one after another. */
export const lines = (phase: string, first: number, tokens: Tokens, layers = [1, 2]): string =>
  tokens
    .flatMap((token, t) =>
      layers.flatMap((layer, l) => token[l]!.map((id, rank) => `${phase},${first + t},${layer},${rank},${id}\n`))
    )
    .join("")

export const text = `phase,token,layer,rank,expert\n${lines("prefill", 0, prompt)}${lines("decode", 3, made)}${lines("prefill", 0, next)}`

/** The same columns in another order, layers before tokens, requests by name, and ranks from 1. */
export const byLayer = `expert_id,weight,seq_id,layer_idx,pos,topk_idx\n${[1, 2]
  .flatMap((layer, l) =>
    [
      ["b", made],
      ["a", prompt]
    ].flatMap(([name, tokens]) =>
      (tokens as Tokens).flatMap((token, t) =>
        token[l]!.map((id, k) => `${id},0.5,${name as string},${layer - 1},${t},${k + 1}\n`)
      )
    )
  )
  .join("")}`

interface PlainToken {
  readonly number: number
  readonly phase: string
  readonly cells: Map<string, number>
}

const reference = (files: Files): ReadonlyArray<Verdict | undefined> | undefined => {
  const content = textOf(files.get("t.csv"))
  if (!content.endsWith("\n")) return undefined
  const [head, ...rows] = content
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split(",").map((cell) => cell.trim()))
  const at = (...names: ReadonlyArray<string>) => head!.findIndex((name) => names.includes(name.toLowerCase()))
  /** A word alone, and with what may follow it. */
  const ends = (word: string, ...more: ReadonlyArray<string>) =>
    [word, ...more.flatMap((end) => [`${word}${end}`, `${word}_${end}`])] as const
  const [named, place] = [["id", "idx", "index"] as const, ["idx", "index", "pos"] as const]
  const layer = at(...ends("layer", ...named), "il", "block")
  const expert = at(...ends("expert", ...named))
  const token = at(...ends("token", ...place), ...ends("tok", ...place), "pos", "position", "token_id")
  const rank = at(
    "rank",
    "k",
    "slot",
    "choice",
    "expert_rank",
    ...ends("topk", ...place, "rank"),
    ...ends("top_k", ...place, "rank")
  )
  const phase = at("phase", "stage", "mode")
  const request = at(
    ...["req", "request", "seq", "sequence"].flatMap((word) => ends(word, ...named)),
    "conversation",
    "sample",
    "prompt_id"
  )
  const all = rows.map((row) => ({
    layer: Number(row[layer]),
    expert: Number(row[expert]),
    token: Number(row[token]),
    rank: rank < 0 ? undefined : Number(row[rank]),
    phase: phase < 0 ? "prefill" : row[phase]!.toLowerCase(),
    request: request < 0 ? undefined : row[request]!
  }))
  const layers = [...new Set(all.map((one) => one.layer))].toSorted((a, b) => a - b)
  const base = all.some((one) => one.rank === 0) || rank < 0 ? 0 : 1
  const requests: Array<{
    readonly name: string
    readonly tokens: Array<PlainToken>
    closed: boolean
    again: boolean
  }> = []
  for (const one of all) {
    const name = one.request ?? ""
    let open = requests.find((each) => each.name === name && !each.closed)
    const last = open?.tokens.findLast((each) => each.number === one.token && each.phase === one.phase)
    const used = [0, 1].filter((k) => last?.cells.has(`${one.layer} ${k}`))
    const key = `${one.layer} ${one.rank === undefined ? used.length : one.rank - base}`
    if (last !== undefined && !last.cells.has(key) && !(one.rank === undefined && used.length === 2)) {
      last.cells.set(key, one.expert)
      continue
    }
    const begins =
      one.phase === "prefill" && (last !== undefined || open?.tokens.some((each) => each.phase !== "prefill"))
    if (open !== undefined && begins && one.request === undefined) open.closed = true
    if (open === undefined || open.closed) requests.push((open = { name, tokens: [], closed: false, again: false }))
    else if (last !== undefined) open.again = true
    open.tokens.push({
      number: one.token,
      phase: one.phase,
      cells: new Map([[one.rank === undefined ? `${one.layer} 0` : key, one.expert]])
    })
  }
  // Requests of a file without names end in order; named ones in the order of their first line.
  return requests.map(({ tokens, again }) => {
    const of = (which: string) => tokens.filter((each) => each.phase === which)
    const sorted = (some: ReadonlyArray<PlainToken>) => some.toSorted((a, b) => a.number - b.number)
    const prefill = sorted(of("prefill"))
    const decode = again ? of("decode") : sorted(of("decode"))
    const rowsOf = [...prefill, ...decode].map(({ cells }, t) =>
      layers.map((each, l) => {
        const row = [0, 1].map((k) => cells.get(`${each} ${k}`))
        const lacks = row.every((id) => id === undefined) && l === layers.length - 1 && t < prefill.length - 1
        return lacks ? [-1, -1] : row
      })
    )
    return judge(rowsOf, prefill.length)
  })
}

export const cases: ReadonlyArray<FuzzCase> = [
  { name: "routing-csv", source: routingCsv, files: { "t.csv": text }, reference },
  { name: "routing-csv, other columns", source: routingCsv, files: { "t.csv": byLayer }, reference }
]

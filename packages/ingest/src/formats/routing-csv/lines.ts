/** Lines of a CSV that say phase, token, layer and rank of each selection, its columns named by a header in any order. */
import { ContentFault } from "../../fault/content-fault.ts"
import { linesOf, unendedHint } from "../../codecs/json-lines/lines.ts"
import type { AssumedPhase } from "../../source.ts"

const names = {
  layer: /^(?:layer(?:_?(?:id|idx|index))?|il|block)$/i,
  expert: /^expert(?:_?(?:id|idx|index))?$/i,
  token: /^(?:tok(?:en)?(?:_?(?:idx|index|pos))?|pos(?:ition)?|token_id)$/i,
  /** Which of the token's choices, the best first. */
  rank: /^(?:rank|k|slot|choice|expert_rank|top_?k(?:_?(?:idx|index|pos|rank))?)$/i,
  phase: /^(?:phase|stage|mode)$/i,
  request:
    /^(?:req(?:uest)?(?:_?(?:id|idx|index))?|seq(?:uence)?(?:_?(?:id|idx|index))?|conversation|sample|prompt_id)$/i
} as const

type Column = keyof typeof names

/** Where each column is, -1 for those that are not there. */
export type Header = Readonly<Record<Column, number>> & { readonly width: number }

/** The header that a line is; undefined where it lacks layer, expert or token. */
export const headerOf = (line: string): Header | undefined => {
  const cells = line
    .replace(/\r$/, "")
    .split(",")
    .map((cell) => cell.trim())
  const find = (pattern: RegExp) => cells.findIndex((cell) => pattern.test(cell))
  const at = Object.fromEntries(Object.entries(names).map(([column, pattern]) => [column, find(pattern)]))
  const header = { ...at, width: cells.length } as Header
  return header.layer >= 0 && header.expert >= 0 && header.token >= 0 ? header : undefined
}

/** One selection. */
export interface Selection {
  readonly line: number
  readonly at: number
  readonly layer: number
  /** -1 where the recorder had none. */
  readonly expert: number
  readonly token: number
  /** Undefined where the file has no such column. */
  readonly rank: number | undefined
  readonly phase: AssumedPhase | undefined
  readonly request: string | undefined
}

const maxLineBytes = 4096
const maxRequestName = 200

const phases: ReadonlyMap<string, AssumedPhase> = new Map([
  ...["prefill", "prompt", "pp", "context"].map((word) => [word, "prefill"] as const),
  ...["decode", "decoding", "generation", "generate", "gen", "tg"].map((word) => [word, "decode"] as const)
])

const number = (text: string, what: string, place: string): number => {
  if (/^(?:0|[1-9]\d{0,8})$/.test(text)) return Number(text)
  const shown = JSON.stringify(text.slice(0, 24).replaceAll(/[^ -~]/g, "?"))
  throw new ContentFault("Malformed", place, `${shown} where ${what} was expected`)
}

/** Yields the selections of a file. Throws `ContentFault`. */
export function* selectionsOf(file: string): Generator<Selection, undefined> {
  let header: Header | undefined
  let some = false
  for (const { number: line, at, bytes, ended } of linesOf(file, maxLineBytes)) {
    const place = `line ${line}, byte ${at}`
    if (!ended) throw new ContentFault("Truncated", place, "the last line does not end in a line feed", unendedHint)
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1").replace(/\r$/, "")
    if (header === undefined) {
      header = headerOf(text)
      if (header === undefined)
        throw new ContentFault("Malformed", place, "no header that names the columns layer, expert and token")
      continue
    }
    const cells = text.split(",").map((cell) => cell.trim())
    if (cells.length !== header.width)
      throw new ContentFault(
        "Malformed",
        place,
        `${cells.length} cells, where the header names ${header.width} columns`
      )
    const cell = (column: Column) => cells[header![column]]!
    const expert = cell("expert") === "-1" ? -1 : number(cell("expert"), "an expert", place)
    const phase = header.phase < 0 ? undefined : phases.get(cell("phase").toLowerCase())
    if (header.phase >= 0 && phase === undefined)
      throw new ContentFault(
        "Malformed",
        place,
        `phase ${JSON.stringify(cell("phase").slice(0, 24))}, where prefill or decode is expected`,
        "name phases prefill and decode, or leave the column out and give --phase"
      )
    some = true
    yield {
      line,
      at,
      layer: number(cell("layer"), "a layer", place),
      expert,
      token: number(cell("token"), "a token", place),
      rank: header.rank < 0 ? undefined : number(cell("rank"), "a rank", place),
      phase,
      request: header.request < 0 ? undefined : cell("request").slice(0, maxRequestName)
    }
  }
  if (!some) throw new ContentFault("Truncated", "byte 0", "the file holds no selection")
}

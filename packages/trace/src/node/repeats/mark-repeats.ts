/** What repeated beginnings make of the rows of a store: load that is counted once, and groups. */
import type { CountedRemark } from "../../remarks.ts"
import { type RequestRow, runsOf, storedTokens } from "../../requests.ts"
import { dropTokens, encodeRuns } from "../../token-runs.ts"
import type { Anchor } from "./anchors.ts"
import { groupName } from "./group-name.ts"

/** What rows count that repeat those of an earlier request: once, or again each time. */
export const repeatsModes = ["once", "keep"] as const
export type Repeats = (typeof repeatsModes)[number]

/** Requests that go on after one and the same prompt, from which on it is an opening that unrelated requests share. */
const sharedOpening = 8

/** Least member of the set of each request. */
class Sets {
  readonly #parent: Uint32Array
  constructor(size: number) {
    this.#parent = Uint32Array.from({ length: size }, (_, i) => i)
  }

  find(i: number): number {
    let root = i
    while (this.#parent[root] !== root) root = this.#parent[root]!
    for (let at = i; at !== root;) [at, this.#parent[at]] = [this.#parent[at]!, root]
    return root
  }

  join(a: number, b: number): void {
    const [x, y] = [this.find(a), this.find(b)]
    this.#parent[Math.max(x, y)] = Math.min(x, y)
  }
}

/** Prompt rows in the file, repeated ones included. */
const prompt = (row: RequestRow): number => row.repeatedTokens + row.prefillTokens

/** True where a request only opens with the prompt of another one. */
const isOpening = (row: RequestRow, anchor: Anchor): boolean => anchor.prompt && anchor.tokens < prompt(row)

/** Owners whose prompt more than half of all requests open with: a common opening, which makes nobody related. */
const commonOpenings = (rows: ReadonlyArray<RequestRow>, repeats: ReadonlyMap<number, Anchor>): ReadonlySet<number> => {
  const opening = new Map<number, number>()
  for (const [request, anchor] of repeats)
    if (isOpening(rows[request]!, anchor)) opening.set(anchor.owner, (opening.get(anchor.owner) ?? 0) + 1)
  return new Set(
    [...opening].filter(([, count]) => count >= sharedOpening && 2 * count > rows.length).map(([owner]) => owner)
  )
}

const openingRemark = (
  rows: ReadonlyArray<RequestRow>,
  repeats: ReadonlyMap<number, Anchor>
): ReadonlyArray<CountedRemark> => {
  const common = commonOpenings(rows, repeats)
  const requests = [...repeats].filter(([r, anchor]) => common.has(anchor.owner) && isOpening(rows[r]!, anchor)).length
  const what = "requests open with the whole prompt of one that most others open with too: that alone groups nobody"
  return requests === 0 ? [] : [{ kind: "note", what, requests }]
}

/** Groups of the requests: those that readers told, joined where a request of one repeats a request of another. */
const joined = (rows: ReadonlyArray<RequestRow>, repeats: ReadonlyMap<number, Anchor>): ReadonlyArray<string> => {
  const sets = new Sets(rows.length)
  const firstOf = new Map<string, number>()
  rows.forEach(({ group }, r) => {
    if (group === "") return
    const first = firstOf.get(group)
    if (first === undefined) firstOf.set(group, r)
    else sets.join(first, r)
  })
  const common = commonOpenings(rows, repeats)
  for (const [request, anchor] of repeats)
    if (!(common.has(anchor.owner) && isOpening(rows[request]!, anchor))) sets.join(request, anchor.owner)
  const members = Map.groupBy(rows.keys(), (r) => sets.find(r))
  const names = rows.map(({ group }) => group)
  for (const of of members.values()) {
    const told = of.find((r) => rows[r]!.group !== "")
    if (of.length === 1 || of.every((r) => rows[r]!.group === rows[of[0]!]!.group && rows[r]!.group !== "")) continue
    const name =
      told === undefined
        ? groupName(
            "",
            of.map((r) => rows[r]!)
          )
        : rows[told]!.group
    for (const r of of) names[r] = name
  }
  return names
}

/** A row whose first `tokens` rows are those of an earlier request. */
const withRepeated = (row: RequestRow, tokens: number): RequestRow => {
  const more = Math.min(tokens, prompt(row)) - row.repeatedTokens
  if (more <= 0) return row
  return {
    ...row,
    repeatedTokens: row.repeatedTokens + more,
    prefillTokens: row.prefillTokens - more,
    runs: encodeRuns(dropTokens(runsOf(row), more))
  }
}

/** The rows of the requests with what they repeat and the groups that follow, and what is told of it. */
export const markRepeats = (
  rows: ReadonlyArray<RequestRow>,
  repeats: ReadonlyMap<number, Anchor>,
  mode: Repeats
): { readonly rows: ReadonlyArray<RequestRow>; readonly remarks: ReadonlyArray<CountedRemark> } => {
  if (repeats.size === 0) return { rows, remarks: [] }
  const groups = joined(rows, repeats)
  let [tokens, beyondCache] = [0, 0]
  const marked = rows.map((row, r) => {
    const repeated = repeats.get(r)
    const once = repeated === undefined || mode === "keep" ? row : withRepeated(row, repeated.tokens)
    tokens += repeated?.tokens ?? 0
    beyondCache += Math.max(0, (repeated?.tokens ?? 0) - row.repeatedTokens)
    return once.group === groups[r] ? once : { ...once, group: groups[r]! }
  })
  const cached = beyondCache < tokens ? `; the engine served ${tokens - beyondCache} from its cache` : ""
  const load =
    mode === "once"
      ? `these ${tokens} rows are counted once`
      : `${beyondCache} of these ${tokens} rows are counted each time, as asked${cached}`
  const what =
    "requests begin with the rows of another one, with its whole prompt or with all of it, and form a group: " + load
  return { rows: marked, remarks: [{ kind: "note", what, requests: repeats.size }, ...openingRemark(rows, repeats)] }
}

/** Rows in the file of each request. */
export const begun = (rows: ReadonlyArray<RequestRow>) =>
  rows.map((row) => ({
    prefillTokens: prompt(row),
    decodeTokens: storedTokens(row) - prompt(row),
    group: row.group
  }))

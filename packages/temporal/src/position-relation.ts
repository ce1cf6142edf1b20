/** Whether what the first decode steps say of the next token still holds at later ones. */
import { countingKernels, type IdShape } from "@moira/trace/kernels"
import type { Windows } from "./decode-windows.ts"
import { type Choice, choose } from "./held-out.ts"
import type { RequestRows } from "./request-rows.ts"

/** Held-out coverage of the cross-token relation inside one window, by what its candidates were chosen from. */
export interface WindowRelation {
  readonly first: number | null
  readonly own: number | null
  readonly popularity: number | null
}

/** Steps of some requests that lie wholly inside a window, in ids that they share: runs of counting kernels. */
interface WindowSteps {
  readonly ids: Uint16Array
  readonly shape: IdShape
  /** By window: first row of each request, and how many steps. */
  readonly runs: ReadonlyArray<ReadonlyArray<readonly [row: number, steps: number]>>
}

/** The steps of one side of the split. */
const stepsOf = (
  { experts, topK, ids, holes, request, decodeAt, decodeRows }: RequestRows,
  { width, windows }: Windows,
  heldOut: Uint8Array,
  side: 0 | 1
): ReadonlyArray<WindowSteps> => {
  const parts = [...new Set(ids)]
  return parts.map((own): WindowSteps => {
    const runs = windows.map((): Array<readonly [number, number]> => [])
    for (let r = 0; r < ids.length; r++) {
      if (ids[r] !== own || heldOut[request[r]!] !== side) continue
      for (let w = 0; w * width < decodeRows[r]!; w++) {
        const steps = Math.min(decodeRows[r]!, (w + 1) * width) - w * width - 1
        if (steps > 0) runs[w]!.push([decodeAt[r]! + w * width, steps])
      }
    }
    return { ids: own, shape: { topK, experts, holes }, runs }
  })
}

/** Windows whose joint counts are held at a time. */
const windowsAtOnce = 8

/** Joint counts of each window. */
const jointOf = (steps: ReadonlyArray<WindowSteps>, experts: number, windows: number): ReadonlyArray<Uint32Array> => {
  const matrices: Array<Uint32Array> = []
  for (let from = 0; from < windows; from += windowsAtOnce) {
    const cells = Math.min(windowsAtOnce, windows - from)
    const parts = steps.map(({ ids, shape, runs }) => ({
      a: ids,
      b: ids,
      shape,
      runs: Uint32Array.from(
        runs.slice(from, from + cells).flatMap((of, w) => of.flatMap(([row, rows]) => [row, row + 1, rows, w]))
      )
    }))
    const each = Uint32Array.from({ length: cells }, (_, w) => 1 << w)
    matrices.push(...countingKernels().jointSums(parts, experts, cells, each))
  }
  return matrices
}

/** Pairs that are judged in one call: their number is one of 32 bits. */
const maxPairs = 2 ** 31

/** Of one window: pairs, those foreseen by its candidates, and those foreseen by popular ones alone. */
type Judged = readonly [pairs: number, hits: number, popularHits: number]

const judgeWindow = (steps: ReadonlyArray<WindowSteps>, w: number, { chosen, popular }: Choice): Judged => {
  const judged = [0, 0, 0] as [number, number, number]
  for (const { ids, shape, runs } of steps) {
    let list: Array<number> = []
    let pairs = 0
    const flush = () => {
      const answers = new Uint32Array(6)
      countingKernels().judge(ids, ids, shape, Uint32Array.from(list), { chosen, popular, top: 0 }, answers)
      for (let k = 0; k < 3; k++) judged[k]! += answers[k]!
      ;[list, pairs] = [[], 0]
    }
    for (const [row, rows] of runs[w]!) {
      if (pairs > maxPairs - rows * shape.topK ** 2) flush()
      list.push(row, row + 1, rows, 0)
      pairs += rows * shape.topK ** 2
    }
    if (list.length > 0) flush()
  }
  return judged
}

/** One entry a window: `n` candidates are chosen on the training requests and judged on the held-out ones. */
export const positionRelation = (
  rows: RequestRows,
  windows: Windows,
  heldOut: Uint8Array,
  n: number
): ReadonlyArray<WindowRelation> => {
  const { experts } = rows
  const count = windows.windows.length
  const judging = stepsOf(rows, windows, heldOut, 1)
  const nothing = { chosen: new Uint8Array(experts * experts), popular: new Uint8Array(experts) }
  const choices = jointOf(stepsOf(rows, windows, heldOut, 0), experts, count).map((train) =>
    train.some((steps) => steps > 0) ? choose({ train, experts }, n) : undefined
  )
  const [first] = choices
  return choices.map((own, w) => {
    const [total, hits, popularHits] = judgeWindow(judging, w, first ?? nothing)
    if (total === 0) return { first: null, own: null, popularity: null }
    const byOwn = w === 0 || own === undefined ? hits : judgeWindow(judging, w, own)[1]
    return {
      first: first === undefined ? null : hits / total,
      own: own === undefined ? null : byOwn / total,
      popularity: first === undefined ? null : popularHits / total
    }
  })
}

/**
 * Counting loops in JavaScript: the fallback of `count-wasm.ts`, and what its answers are compared with. They are plain
 * loops over typed arrays without allocation, because they run once for each pair of ids of a trace; a layer's
 * `experts x experts` matrix must stay in cache, so callers finish one matrix at a time.
 *
 * `rows` steps are taken: step t pairs row `aRow + t` of `a` with row `bRow + t` of `b`, rows being `topK` ids wide.
 */
import type { CountingKernels } from "./counting.ts"
import { markedPairs, pairs } from "./pairs-js.ts"

/** Adds 1 to `into[i * experts + j]` for each i of the first row and j of the second, over all steps. */
export type JointKernel = (
  a: Uint16Array,
  aRow: number,
  b: Uint16Array,
  bRow: number,
  rows: number,
  topK: number,
  experts: number,
  into: Uint32Array
) => void

/** Sums `chosen[i * experts + j]` over the same pairs, where `chosen` is 1 for the pairs that count. */
export type HitKernel = (
  a: Uint16Array,
  aRow: number,
  b: Uint16Array,
  bRow: number,
  rows: number,
  topK: number,
  experts: number,
  chosen: Uint8Array
) => number

const jointTop1: JointKernel = (a, aRow, b, bRow, rows, _topK, experts, into) => {
  for (let t = 0; t < rows; t++) into[a[aRow + t]! * experts + b[bRow + t]!]!++
}

const jointTop8: JointKernel = (a, aRow, b, bRow, rows, _topK, experts, into) => {
  const end = (aRow + rows) * 8
  for (let o = aRow * 8, p = bRow * 8; o < end; o += 8, p += 8) {
    const b0 = b[p]!
    const b1 = b[p + 1]!
    const b2 = b[p + 2]!
    const b3 = b[p + 3]!
    const b4 = b[p + 4]!
    const b5 = b[p + 5]!
    const b6 = b[p + 6]!
    const b7 = b[p + 7]!
    for (let i = o; i < o + 8; i++) {
      const row = a[i]! * experts
      into[row + b0]!++
      into[row + b1]!++
      into[row + b2]!++
      into[row + b3]!++
      into[row + b4]!++
      into[row + b5]!++
      into[row + b6]!++
      into[row + b7]!++
    }
  }
}

const jointAny: JointKernel = (a, aRow, b, bRow, rows, topK, experts, into) => {
  const end = (aRow + rows) * topK
  for (let o = aRow * topK, p = bRow * topK; o < end; o += topK, p += topK) {
    for (let i = 0; i < topK; i++) {
      const row = a[o + i]! * experts
      for (let j = 0; j < topK; j++) into[row + b[p + j]!]!++
    }
  }
}

/** As above for ids with holes: whatever is no expert takes part in no pair. */
const jointHoles: JointKernel = (a, aRow, b, bRow, rows, topK, experts, into) => {
  const end = (aRow + rows) * topK
  for (let o = aRow * topK, p = bRow * topK; o < end; o += topK, p += topK) {
    for (let i = 0; i < topK; i++) {
      const from = a[o + i]!
      if (from >= experts) continue
      for (let j = 0; j < topK; j++) {
        const to = b[p + j]!
        if (to < experts) into[from * experts + to]!++
      }
    }
  }
}

const hitTop1: HitKernel = (a, aRow, b, bRow, rows, _topK, experts, chosen) => {
  let hits = 0
  for (let t = 0; t < rows; t++) hits += chosen[a[aRow + t]! * experts + b[bRow + t]!]!
  return hits
}

const hitTop8: HitKernel = (a, aRow, b, bRow, rows, _topK, experts, chosen) => {
  let hits = 0
  const end = (aRow + rows) * 8
  for (let o = aRow * 8, p = bRow * 8; o < end; o += 8, p += 8) {
    const b0 = b[p]!
    const b1 = b[p + 1]!
    const b2 = b[p + 2]!
    const b3 = b[p + 3]!
    const b4 = b[p + 4]!
    const b5 = b[p + 5]!
    const b6 = b[p + 6]!
    const b7 = b[p + 7]!
    for (let i = o; i < o + 8; i++) {
      const row = a[i]! * experts
      hits += chosen[row + b0]! + chosen[row + b1]! + chosen[row + b2]! + chosen[row + b3]!
      hits += chosen[row + b4]! + chosen[row + b5]! + chosen[row + b6]! + chosen[row + b7]!
    }
  }
  return hits
}

const hitAny: HitKernel = (a, aRow, b, bRow, rows, topK, experts, chosen) => {
  let hits = 0
  const end = (aRow + rows) * topK
  for (let o = aRow * topK, p = bRow * topK; o < end; o += topK, p += topK) {
    for (let i = 0; i < topK; i++) {
      const row = a[o + i]! * experts
      for (let j = 0; j < topK; j++) hits += chosen[row + b[p + j]!]!
    }
  }
  return hits
}

const hitHoles: HitKernel = (a, aRow, b, bRow, rows, topK, experts, chosen) => {
  let hits = 0
  const end = (aRow + rows) * topK
  for (let o = aRow * topK, p = bRow * topK; o < end; o += topK, p += topK) {
    for (let i = 0; i < topK; i++) {
      const from = a[o + i]!
      if (from >= experts) continue
      for (let j = 0; j < topK; j++) {
        const to = b[p + j]!
        if (to < experts) hits += chosen[from * experts + to]!
      }
    }
  }
  return hits
}

/** The fastest joint-count loop for a top-k; `holes` says that some ids may be no expert. */
export const jointKernel = (topK: number, holes: boolean): JointKernel =>
  holes ? jointHoles : topK === 8 ? jointTop8 : topK === 1 ? jointTop1 : jointAny

/** The fastest hit-count loop for a top-k; `holes` says that some ids may be no expert. */
export const hitKernel = (topK: number, holes: boolean): HitKernel =>
  holes ? hitHoles : topK === 8 ? hitTop8 : topK === 1 ? hitTop1 : hitAny

/** Whether some id is no expert, so that the checked loops are needed. */
export const hasHoles = (ids: Uint16Array, experts: number): boolean => {
  for (let i = 0; i < ids.length; i++) if (ids[i]! >= experts) return true
  return false
}

/** Counts runs with a joint-count loop. */
const joint: CountingKernels["joint"] = (a, b, { topK, experts, holes }, runs, into) => {
  const kernel = jointKernel(topK, holes)
  for (let r = 0; r < runs.length; r += 4)
    kernel(a, runs[r]!, b, runs[r + 1]!, runs[r + 2]!, topK, experts, into[runs[r + 3]!]!)
}

const judge: CountingKernels["judge"] = (a, b, shape, runs, { chosen, popular, top }, answers) => {
  const { topK, experts, holes } = shape
  const kernel = hitKernel(topK, holes)
  const chosenByTop = chosen.subarray(top * experts, (top + 1) * experts)
  for (let r = 0; r < runs.length; r += 4) {
    const [x, y, rows] = [runs[r]!, runs[r + 1]!, runs[r + 2]!]
    const at = runs[r + 3]! * 6
    answers[at + 1]! += kernel(a, x, b, y, rows, topK, experts, chosen)
    // Everything else that is needed is linear in topK.
    for (let t = 0; t < rows; t++) {
      let starts = 0
      let ends = 0
      let popularEnds = 0
      let chosenEnds = 0
      let hasTop = false
      for (let k = 0; k < topK; k++) {
        const i = a[(x + t) * topK + k]!
        if (i < experts) starts++
        if (i === top) hasTop = true
        const j = b[(y + t) * topK + k]!
        if (j >= experts) continue
        ends++
        popularEnds += popular[j]!
        chosenEnds += chosenByTop[j]!
      }
      answers[at]! += starts * ends
      answers[at + 2]! += starts * popularEnds
      if (!hasTop) continue
      answers[at + 3]! += ends
      answers[at + 4]! += chosenEnds
      answers[at + 5]! += popularEnds
    }
  }
}

/** Sums of the cells of each mask. */
const sumsOf = (cells: ReadonlyArray<Uint32Array>, masks: Uint32Array): ReadonlyArray<Uint32Array> =>
  Array.from(masks, (mask) => {
    const sum = new Uint32Array(cells[0]!.length)
    for (const [c, cell] of cells.entries()) {
      if (((mask >>> c) & 1) === 1) for (let i = 0; i < sum.length; i++) sum[i]! += cell[i]!
    }
    return sum
  })

const matrices = (cells: number, experts: number) =>
  Array.from({ length: cells }, () => new Uint32Array(experts * experts))

export const jsKernels: CountingKernels = {
  engine: "js",
  joint,
  judge,
  pairs,
  jointSums: (parts, experts, cells, masks) => {
    const into = matrices(cells, experts)
    for (const { a, b, shape, runs } of parts) joint(a, b, shape, runs, into)
    return sumsOf(into, masks)
  },
  pairSums: (parts, experts, cells, masks) => {
    const into = matrices(cells, experts)
    for (const { ids, shape, runs } of parts) {
      for (let r = 0; r < runs.length; r += 3) {
        const [from, to] = [runs[r]! * shape.topK, (runs[r]! + runs[r + 1]!) * shape.topK]
        pairs(ids.subarray(from, to), shape, into[runs[r + 2]!]!)
      }
    }
    return sumsOf(into, masks)
  },
  markedPairs
}

/** Whether what the first decode steps say of the next token still holds at later ones. */
import type { Windows } from "./decode-windows.ts"
import { choose } from "./held-out.ts"
import { hasHoles, hitKernel, jointKernel } from "@moira/trace/kernels"
import type { RequestRows } from "./request-rows.ts"

/** Held-out coverage of the cross-token relation inside one window, by what its candidates were chosen from. */
export interface WindowRelation {
  readonly first: number | null
  readonly own: number | null
  readonly popularity: number | null
}

/** Row of the first step of request `r` in window `w`, and how many steps lie wholly inside it. */
const stepsIn = (rows: RequestRows, r: number, w: number, width: number): readonly [row: number, steps: number] => {
  const to = Math.min(rows.decodeRows[r]!, (w + 1) * width)
  return [rows.decodeAt[r]! + w * width, Math.max(0, to - w * width - 1)]
}

const square = (row: Uint8Array): Uint8Array => {
  const matrix = new Uint8Array(row.length ** 2)
  for (let i = 0; i < row.length; i++) matrix.set(row, i * row.length)
  return matrix
}

/** One entry a window: `n` candidates are chosen on the training requests and judged on the held-out ones. */
export const positionRelation = (
  rows: RequestRows,
  { width, windows }: Windows,
  heldOut: Uint8Array,
  n: number
): ReadonlyArray<WindowRelation> => {
  const { experts, topK, ids, request } = rows
  const holes = ids.some((all, r) => all !== ids[r - 1] && hasHoles(all, experts))
  const joint = jointKernel(topK, holes)
  const hit = hitKernel(topK, holes)
  // Without holes every step has topK x topK pairs; with them they are counted.
  const every = holes ? new Uint8Array(experts * experts).fill(1) : undefined
  const train = new Uint32Array(experts * experts)
  const learn = (w: number) => {
    train.fill(0)
    for (let r = 0; r < ids.length; r++) {
      if (heldOut[request[r]!] === 1) continue
      const [row, steps] = stepsIn(rows, r, w, width)
      joint(ids[r]!, row, ids[r]!, row + 1, steps, topK, experts, train)
    }
    return train.some((count) => count > 0) ? choose({ train, experts }, n) : undefined
  }
  const covered = (w: number, chosen: Uint8Array | undefined): number => {
    let sum = 0
    for (let r = 0; r < ids.length; r++) {
      if (heldOut[request[r]!] !== 1) continue
      const [row, steps] = stepsIn(rows, r, w, width)
      sum +=
        chosen === undefined ? steps * topK * topK : hit(ids[r]!, row, ids[r]!, row + 1, steps, topK, experts, chosen)
    }
    return sum
  }
  const first = learn(0)
  const popular = first && square(first.popular)
  return windows.map((_, w) => {
    const total = covered(w, every)
    if (total === 0) return { first: null, own: null, popularity: null }
    const own = w === 0 ? first : learn(w)
    const share = (chosen: Uint8Array | undefined) => (chosen === undefined ? null : covered(w, chosen) / total)
    return { first: share(first?.chosen), own: share(own?.chosen), popularity: share(popular) }
  })
}

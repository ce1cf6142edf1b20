/** The study's predictor: what it keeps, when, and as far as memory goes. */
import { assert, it } from "@effect/vitest"
import { clearWork, costModel, type Holders, holdersOf, makePlacement, makeWork, pushTask } from "@moira/hardware"
import { meshFabric } from "@moira/hardware/testing"
import predicted from "../src/residencies/predicted.ts"
import late from "../src/residencies/predicted-late.ts"
import unlimited from "../src/residencies/predicted-unlimited.ts"
import type { ResidencyPolicy } from "../src/residency.ts"

const fabric = meshFabric(2, 1)
const [units, experts, candidates] = [2, 80, 70]
const homes = [
  holdersOf(
    makePlacement({ units, experts, layers: [0] }, () => [0]),
    0
  )
]

/** Rows of the heatmap by expert, best first. */
type Rows = Readonly<Record<number, ReadonlyArray<number>>>

/** Unit 1 computes `reads[step]`, all of which lie on unit 0; gives what it holds after each step. */
const kept = (policy: ResidencyPolicy, rows: Rows, spare: number, reads: ReadonlyArray<ReadonlyArray<number>>) => {
  const crossToken = new Uint16Array(experts * candidates).fill(0xffff)
  for (const [expert, row] of Object.entries(rows)) crossToken.set(row, Number(expert) * candidates)
  const residency = policy.prepare({
    fabric,
    experts,
    homes,
    spareCopies: Uint32Array.of(0, spare),
    cost: costModel(fabric, 1000, 1),
    knowledge: { candidates, crossToken: [crossToken], prefillCounts: [new Uint32Array(experts)] }
  })
  const work = makeWork({
    units,
    experts,
    weightBytes: 1000,
    flopPerToken: 1,
    dispatchBytesPerToken: 1,
    combineBytesPerToken: 1
  })
  const held = ({ start, unit }: Holders) =>
    Array.from({ length: experts }, (_, e) => e).filter((e) => unit.subarray(start[e], start[e + 1]).includes(1))
  return reads.map((read, step) => {
    clearWork(work)
    const there = held(residency.holders(0))
    for (const e of read) pushTask(work, e, 1, there.includes(e) ? 1 : 0, 10)
    residency.after(0, step, work)
    const now = held(residency.holders(0))
    assert.strictEqual(work.localWriteBytes[1], 1000 * now.filter((e) => !there.includes(e)).length)
    return now
  })
}

/** The study's example (Figure 11b): experts 1 and 4 are computed, their rows foretell 2, 4 and 6. */
const example: Rows = { 1: [2, 4], 4: [4, 6] }

it("of experts 1 and 4, which predict 2, 4 and 6, it keeps 4 at once", () => {
  assert.deepStrictEqual(kept(predicted, example, 3, [[1, 4]]), [[4]])
})

it("read late, it keeps expert 4 only when the next token has come and reads it again", () => {
  assert.deepStrictEqual(kept(late, example, 3, [[1, 4], [4]]), [[], [4]])
})

it("a copy that was predicted less recently makes way, one that is predicted for the same token does not", () => {
  const rows: Rows = { 1: [1], 2: [2], 3: [3] }
  assert.deepStrictEqual(kept(predicted, rows, 1, [[1, 2], [2, 3], [3]]), [[1], [2], [3]])
  assert.deepStrictEqual(kept(predicted, rows, 0, [[1, 2]]), [[]])
})

it("rows are read as far as a policy says: 16 candidates, or 64 without a limit", () => {
  const row = Array.from({ length: candidates }, (_, c) => c + 1)
  // Expert 0 foretells 1 to 70; of those, 16, 17, 64 and 65 are read with it.
  const read = [[0, 16, 17, 64, 65]]
  assert.deepStrictEqual(kept(predicted, { 0: row }, 9, read), [[16]])
  assert.deepStrictEqual(kept(unlimited, { 0: row }, 9, read), [[16, 17, 64]])
  assert.deepStrictEqual(
    [predicted, late, unlimited].map(({ candidates: asked, ignoresCapacity = false }) => [asked, ignoresCapacity]),
    [
      [16, false],
      [16, false],
      [64, true]
    ]
  )
})

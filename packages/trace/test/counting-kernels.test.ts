/** The engines of counting give the same numbers, which are those of plain loops. */
import { assert, it } from "@effect/vitest"
import { missingExpert } from "../src/selections.ts"
import { random } from "@moira/core"
import { countingKernels } from "../src/kernels/index.ts"
import { type CountingKernels } from "../src/kernels/counting.ts"
import { hasHoles, jsKernels } from "../src/kernels/count-js.ts"
import { wasmKernels } from "../src/kernels/count-wasm.ts"
import { Schema } from "effect"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

interface Case {
  readonly topK: number
  readonly experts: number
  readonly a: Uint16Array
  readonly b: Uint16Array
  readonly runs: Uint32Array
}

/** Ids may repeat in a row: kernels must not rely on that they do not. */
const caseOf = (seed: number, topK: number, holes: number): Case => {
  const { below, uniform } = random(seed)
  const experts = 2 + below(40)
  const rows = 1 + below(60)
  const draw = () =>
    Uint16Array.from({ length: rows * topK }, () =>
      uniform() < holes ? (below(2) === 0 ? missingExpert : experts) : below(experts)
    )
  const runs = Array.from({ length: below(6) }, () => {
    const [x, y] = [below(rows), below(rows)]
    return [x, y, below(rows - Math.max(x, y) + 1), below(3)]
  })
  const a = draw()
  return { topK, experts, a, b: below(2) === 0 ? a : draw(), runs: Uint32Array.from(runs.flat()) }
}

const counted = (kernels: CountingKernels, { topK, experts, a, b, runs }: Case, seed: number) => {
  const shape = { topK, experts, holes: hasHoles(a, experts) || hasHoles(b, experts) }
  const { below } = random(seed + 1)
  // What is there already is added to.
  const joint = Array.from({ length: 3 }, () => new Uint32Array(experts ** 2).fill(below(5)))
  kernels.joint(a, b, shape, runs, joint)
  const answers = new Uint32Array(18).fill(below(5))
  const bits = (length: number) => Uint8Array.from({ length }, () => below(2))
  const candidates = { chosen: bits(experts ** 2), popular: bits(experts), top: below(experts) }
  kernels.judge(a, b, shape, runs, candidates, answers)
  const pairs = new Uint32Array(experts ** 2).fill(below(5))
  kernels.pairs(a, { ...shape, holes: hasHoles(a, experts) }, pairs)
  const part = { a, b, shape, runs }
  const masks = Uint32Array.of(0b111, 0b101, 0)
  const jointSums = kernels.jointSums([part, part], experts, 3, masks)
  // Runs of three numbers: first row, rows, cell or answer.
  const triples = Uint32Array.from([...runs.keys()].filter((k) => k % 4 !== 1).map((k) => runs[k]!))
  const ids = { ids: a, shape: { ...shape, holes: hasHoles(a, experts) }, runs: triples }
  const pairSums = kernels.pairSums([ids, ids], experts, 3, masks)
  const marks = Uint8Array.from({ length: experts ** 2 }, () => below(8))
  for (let i = 0; i < experts; i++) for (let j = 0; j < i; j++) marks[i * experts + j] = marks[j * experts + i]!
  const marked = new Uint32Array(12).fill(below(5))
  kernels.markedPairs(a, ids.shape, triples, marks, marked)
  return { joint, answers, pairs, jointSums, pairSums, marked }
}

it.prop(
  "WebAssembly equals JavaScript for any top-k, with and without holes",
  { seed: Seed, topK: Schema.Literals([1, 2, 3, 4, 8, 9]), holes: Schema.Literals([0, 0.2]) },
  ({ seed, topK, holes }) => {
    const drawn = caseOf(seed, topK, holes)
    const plain = counted(jsKernels, drawn, seed)
    assert.deepStrictEqual(counted(wasmKernels()!, drawn, seed), plain)
    assert.deepStrictEqual(counted(countingKernels(), drawn, seed), plain)
  },
  { arbitrary: { runs: 300 } }
)

it.prop(
  "JavaScript equals loops over pairs",
  { seed: Seed, topK: Schema.Literals([1, 2, 8]), holes: Schema.Literals([0, 0.2]) },
  ({ seed, topK, holes }) => {
    const { experts, a, b, runs } = caseOf(seed, topK, holes)
    const shape = { topK, experts, holes: hasHoles(a, experts) || hasHoles(b, experts) }
    const into = [0, 1, 2].map(() => new Uint32Array(experts ** 2))
    jsKernels.joint(a, b, shape, runs, into)
    const plain = into.map((matrix) => matrix.map(() => 0))
    for (let r = 0; r < runs.length; r += 4) {
      for (let t = 0; t < runs[r + 2]!; t++) {
        for (const i of a.subarray((runs[r]! + t) * topK).subarray(0, topK)) {
          for (const j of b.subarray((runs[r + 1]! + t) * topK).subarray(0, topK)) {
            if (i < experts && j < experts) plain[runs[r + 3]!]![i * experts + j]!++
          }
        }
      }
    }
    assert.deepStrictEqual(into, plain)
  },
  { arbitrary: { runs: 100 } }
)

it.prop(
  "sums of cells and marked pairs equal plain loops",
  { seed: Seed, topK: Schema.Literals([1, 2, 8]) },
  ({ seed, topK }) => {
    const { experts, a, b, runs } = caseOf(seed, topK, 0.1)
    const shape = { topK, experts, holes: true }
    const cells = [0, 1, 2].map(() => new Uint32Array(experts ** 2))
    jsKernels.joint(a, b, shape, runs, cells)
    const [odd] = jsKernels.jointSums([{ a, b, shape, runs }], experts, 3, Uint32Array.of(0b101))
    assert.deepStrictEqual(
      odd,
      cells[0]!.map((count, cell) => count + cells[2]![cell]!)
    )
    const marks = new Uint8Array(experts ** 2).fill(5)
    const answers = new Uint32Array(4)
    const rows = a.length / topK
    jsKernels.markedPairs(a, shape, Uint32Array.of(0, rows, 0), marks, answers)
    const ordered = new Uint32Array(experts ** 2)
    jsKernels.pairs(a, shape, ordered)
    const different = ordered.reduce((sum, count, cell) => (cell % (experts + 1) === 0 ? sum : sum + count), 0)
    assert.deepStrictEqual([...answers], [different, different, 0, different])
  }
)

it("counts more than the first memory holds, and less again afterwards", () => {
  const [experts, topK, rows] = [64, 8, 200_000]
  const { below } = random(3)
  const ids = Uint16Array.from({ length: rows * topK }, () => below(experts))
  const shape = { topK, experts, holes: false }
  for (const size of [rows, 3000]) {
    const part = ids.subarray(0, size * topK)
    const [wasm, js] = [wasmKernels()!, jsKernels].map((kernels) => {
      const into = new Uint32Array(experts ** 2)
      kernels.joint(part, part, shape, Uint32Array.of(0, 1, size - 1, 0), [into])
      return into
    })
    assert.deepStrictEqual(wasm, js)
  }
})

it("cells of 16 bits are summed before they are full, and not used where rows repeat an expert", () => {
  const [experts, topK, rows] = [40, 8, 150_000]
  const { below } = random(5)
  const distinct = new Uint16Array(rows * topK)
  // Eight of forty, one after the other from a drawn one on; expert 0 in every row.
  for (let t = 0; t < rows; t++) {
    const first = 1 + below(experts - topK + 1)
    for (let k = 1; k < topK; k++) distinct[t * topK + k] = first + k - 1
  }
  const repeated = distinct.map((id, at) => (at % 2 === 0 ? 0 : id))
  const shape = { topK, experts, holes: false }
  for (const ids of [distinct, repeated]) {
    const [wasm, js] = [wasmKernels()!, jsKernels].map((kernels) => {
      const joint = new Uint32Array(experts ** 2).fill(3)
      kernels.joint(ids, ids, shape, Uint32Array.of(0, 1, rows - 1, 0), [joint])
      const pairs = new Uint32Array(experts ** 2)
      kernels.pairs(ids, shape, pairs)
      const runs = Uint32Array.of(0, 0, rows, 1, 0, 0, rows, 0, 5, 0, 70_000, 1)
      const sums = kernels.jointSums([{ a: ids, b: ids, shape, runs }], experts, 2, Uint32Array.of(3, 2))
      return { joint, pairs, sums }
    })
    assert.deepStrictEqual(wasm, js)
  }
})

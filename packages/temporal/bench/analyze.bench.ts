/** Counting joint selections of adjacent layers, against the plain loop. */
import { compare } from "@moira/bench"
import { jointKernel } from "@moira/temporal"
import { random } from "@moira/trace"

const [experts, topK, rows] = [256, 8, 200_000]
const draw = (seed: number): Uint16Array => {
  const { below } = random(seed)
  return Uint16Array.from({ length: rows * topK }, () => Math.floor(below(experts) * (below(1000) / 1000)))
}
const [a, b] = [draw(1), draw(2)]
const into = new Uint32Array(experts * experts)
const shared = { amount: rows / 1e6, unit: "M token-layers" }

const plain = () => {
  const counts = Array.from({ length: experts }, () => Array.from({ length: experts }, () => 0))
  for (let t = 0; t < rows; t++) {
    const from = a.slice(t * topK, t * topK + topK)
    const to = b.slice(t * topK, t * topK + topK)
    for (const i of from) for (const j of to) counts[i]![j]!++
  }
  return counts
}
const kernel = jointKernel(topK, false)

await compare("cross-layer counting, 256 experts, top-8", [
  { name: "plain loops over rows", run: plain, ...shared },
  { name: "moira kernel", run: () => kernel(a, 0, b, 0, rows, topK, experts, into.fill(0)), ...shared }
])

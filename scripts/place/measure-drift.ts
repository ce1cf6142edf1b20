// How loads drift between counts: the figures that packages/placement/src/moira/drift.ts is set by.
//   node --conditions=@moira/source scripts/place/measure-drift.ts
import { mean } from "../../packages/core/src/statistics.ts"
import { measuredLoads, type Loads } from "./loads.ts"

/** DeepSeek's routing groups. */
const groups = 8

/** Experts of similar load, over which a logarithm's trend is averaged. */
const neighbours = 41

/** Loads over the layer's mean. */
const relative = (row: ArrayLike<number>): Float64Array => {
  const average = mean(row)
  return Float64Array.from(row, (count) => count / average)
}

/** Slope of the least-squares line of `b` on `a`. */
const slope = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const [ma, mb] = [mean(a), mean(b)]
  let [covariance, variance] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    covariance += (a[i]! - ma) * (b[i]! - mb)
    variance += (a[i]! - ma) ** 2
  }
  return covariance / variance
}

/** ln(b / a) less its mean over experts of similar load: what the load itself does not tell. */
const residuals = (a: Float64Array, b: Float64Array): Float64Array => {
  const order = [...a.keys()].toSorted((i, j) => a[i]! - a[j]!)
  const logs = order.map((e) => Math.log(Math.max(b[e]!, 1e-9) / Math.max(a[e]!, 1e-9)))
  const rest = new Float64Array(a.length)
  order.forEach((e, i) => {
    const first = Math.max(0, Math.min(order.length - neighbours, i - (neighbours >> 1)))
    rest[e] = logs[i]! - mean(logs.slice(first, first + neighbours))
  })
  return rest
}

/** Mean product of residuals of two experts of one group, over the mean square of all: the share of variance in common. */
const sharedInGroup = (layers: ReadonlyArray<Float64Array>): number => {
  let [pairs, products, squares] = [0, 0, 0]
  for (const rest of layers) {
    const size = rest.length / groups
    for (let i = 0; i < rest.length; i++) {
      squares += rest[i]! ** 2
      for (let j = i + 1; j < (Math.floor(i / size) + 1) * size; j++) {
        products += rest[i]! * rest[j]!
        pairs++
      }
    }
  }
  return products / pairs / (squares / (layers.length * layers[0]!.length))
}

const row = ({ name, fit, heldOut }: Loads): string => {
  const pairs = fit.map((counts, l) => [relative(counts), relative(heldOut[l]!)] as const)
  const rest = pairs.map(([a, b]) => residuals(a, b))
  const slopes = mean(pairs.map(([a, b]) => slope(a, b)))
  const deviation = Math.sqrt(mean(rest.map((values) => mean(values.map((value) => value ** 2)))))
  return `| ${name} | ${slopes.toFixed(2)} | ${deviation.toFixed(2)} | ${sharedInGroup(rest).toFixed(2)} |`
}

const loads = measuredLoads()
if (loads.length === 0) console.error("no DeepSeek counts at ../shared/data")
console.log("| prefill to decode | slope | deviation of logarithms | shared in a group |")
console.log("|---|---|---|---|")
for (const one of loads) console.log(row(one))

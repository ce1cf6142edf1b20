// The one fitted constant of Figure 15, `hostTripPs` of packages/wafer/src/machines.ts: how much longer a layer waits where the host decides. For
// each value it prints how far the slowdowns lie outside the published ranges and how many come within 15 % of one; time is linear in it.
//   node --conditions=@moira/source scripts/calibrate/host-time.ts [STEPS]
import { mean } from "../../packages/core/src/statistics.ts"
import { simulated } from "./runs.ts"

const [steps = "8"] = process.argv.slice(2)

/** Slowdown in per cent, lowest to highest over batches, as published. */
const published: Readonly<Record<string, readonly [from: number, to: number]>> = {
  "deepseek-v3 dojo": [5.2, 6.4],
  "qwen3-235b dojo": [11.1, 14.2],
  "deepseek-v3 dojo-enhanced": [19.3, 23.8],
  "qwen3-235b dojo-enhanced": [42, 51.6]
}

const points = ["deepseek-v3", "qwen3-235b"].flatMap((model) =>
  simulated(model, ["dojo", "dojo-enhanced"], ["allo+pred"], steps).map(({ machine, batch, metrics }) => ({
    name: `${model} ${machine.name}, batch ${batch}`,
    layerUs: metrics["layer_time_ps"] / 1e6,
    range: published[`${model} ${machine.name}`]!
  }))
)

console.log("point\tlayer, us\thost time that the published slowdown takes, us")
for (const { name, layerUs, range } of points)
  console.log(
    [name, layerUs.toFixed(0), range.map((percent) => ((percent * layerUs) / 100).toFixed(0)).join("-")].join("\t")
  )

/** Logarithm of how far a slowdown is outside its range; 0 inside. */
const outside = (percent: number, [from, to]: readonly [number, number]): number =>
  percent < from ? Math.log(percent / from) : percent > to ? Math.log(percent / to) : 0

console.log("host time, us\trms of the log error\twithin 15 %")
const errors = Array.from({ length: 11 }, (_, i) => 10 + 5 * i).map((hostUs) => {
  const off = points.map(({ layerUs, range }) => outside((100 * hostUs) / layerUs, range))
  const rms = Math.sqrt(mean(off.map((error) => error ** 2)))
  const near = off.filter((error) => Math.abs(Math.expm1(error)) <= 0.15).length
  console.log([hostUs, rms.toFixed(3), `${near} of ${off.length}`].join("\t"))
  return { hostUs, rms }
})
console.log(`least: ${errors.reduce((a, b) => (b.rms < a.rms ? b : a)).hostUs}`)

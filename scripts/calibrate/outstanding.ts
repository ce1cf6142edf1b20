// Chooses the wafer's one constant, outstandingFetches: the value with which the mean speed-up of Allo+Pred over Base comes
// nearest to the study's 6.6, over four models, two machines and three batches. Nothing else is fitted to a published figure.
//   node --conditions=@moira/source scripts/calibrate/outstanding.ts [STEPS] [VALUE...]
import { mean } from "../../packages/core/src/statistics.ts"
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..")
const [steps = "4", ...asked] = process.argv.slice(2)
const values = asked.length > 0 ? asked.map(Number) : [8, 16, 32, 64, 128, 256]
const models = ["deepseek-v3", "qwen3-235b", "llama4-maverick", "kimi-k2"]
const published = 6.6

const moira = (...args: ReadonlyArray<string>): string =>
  execFileSync(
    process.execPath,
    ["--conditions=@moira/source", join(root, "packages/cli/src/bin.ts"), ...args, "--quiet"],
    {
      encoding: "utf8",
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "ignore"]
    }
  )

const stores = join(root, "out", "calibrate")
mkdirSync(stores, { recursive: true })
const storeOf = (model: string): string => {
  const store = join(stores, `${model}.moira`)
  if (!existsSync(store)) moira("synth", "--model", model, "--requests", "256", "--out", store)
  return store
}

const speedups = (model: string, value: number): ReadonlyArray<number> => {
  const text = moira(
    "simulate",
    storeOf(model),
    ..."--machine dojo,tsmc-sow --strategy base,allo+pred --batch 4096,8192,16384 --network flow".split(" "),
    ..."--token-traffic ignored --bytes-per-weight 2 --json".split(" "),
    "--steps",
    steps,
    "--set",
    `outstandingFetches=${value}`
  )
  const { runs } = JSON.parse(text) as {
    runs: ReadonlyArray<{ strategy: { name: string }; metrics: { speedup: number } }>
  }
  return runs.filter(({ strategy }) => strategy.name === "allo+pred").map(({ metrics }) => metrics["speedup"])
}

console.log(`Allo+Pred over Base, mean of 2 machines and 3 batches, ${steps} decode steps; the study: ${published}`)
console.log(["fetches in flight", ...models, "mean"].join("\t"))
const means = values.map((value) => {
  const byModel = models.map((model) => mean(speedups(model, value)))
  console.log([value, ...byModel.map((x) => x.toFixed(2)), mean(byModel).toFixed(2)].join("\t"))
  return mean(byModel)
})
const best = means.reduce(
  (at, value, i) => (Math.abs(value - published) < Math.abs((means[at] ?? Infinity) - published) ? i : at),
  0
)
console.log(`nearest: ${values[best]}`)

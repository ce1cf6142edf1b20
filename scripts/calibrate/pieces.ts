// The wafer case study's one fitted constant, `basePieces` of packages/allocation/src/base/pieces.ts: for each number of pieces that Base may
// cut an expert into, the speed-up of Allo+Pred over Base by model, mean over two machines and three batches. The study's mean is 6.6, which
// is compared with and enters nothing.
//   node --conditions=@moira/source scripts/calibrate/pieces.ts [STEPS] [PIECES...]
import { mean } from "../../packages/core/src/statistics.ts"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { folder, root, type Run, simulated } from "./runs.ts"

const [steps = "8", ...asked] = process.argv.slice(2)
const values = asked.length > 0 ? asked.map(Number) : [3, 4, 5, 8]
const models = ["deepseek-v3", "qwen3-235b", "llama4-maverick", "kimi-k2"]
const published = 6.6

/** A strategy and its allocator as modules of their own, named by the number of pieces. */
const strategyOf = (pieces: number): string => {
  const deal = JSON.stringify(join(root, "packages/allocation/src/base/pieces.ts"))
  const allocator = { contract: "allocation/v1", id: `even-${pieces}`, title: `Even, ${pieces} pieces an expert` }
  writeFileSync(
    join(folder, `even-${pieces}.ts`),
    `import { dealPieces } from ${deal}\nexport default { ...${JSON.stringify(allocator)}, prepare: dealPieces(${pieces}) }\n`
  )
  const strategy = {
    contract: "strategy/v1",
    name: `base-${pieces}`,
    title: `Base, ${pieces} pieces an expert`,
    placement: "contiguous",
    allocator: `./even-${pieces}.ts`
  }
  const file = join(folder, `base-${pieces}.ts`)
  writeFileSync(file, `export default ${JSON.stringify(strategy)}\n`)
  return file
}

/** Allo+Pred over Base in so many pieces, mean over machines and batches. */
const speedup = (runs: ReadonlyArray<Run>, pieces: number): number => {
  const throughput = (run: Run) => run.metrics["throughput_tokens_per_s"]
  const same = (a: Run, b: Run) => a.machine.name === b.machine.name && a.batch === b.batch
  return mean(
    runs
      .filter(({ strategy }) => strategy.name === "allo+pred")
      .map((fast) => {
        const base = runs.find((run) => run.strategy.name === `base-${pieces}` && same(run, fast))!
        return throughput(fast) / throughput(base)
      })
  )
}

const strategies = [...values.map(strategyOf), "allo+pred"]
const byModel = models.map((model) => simulated(model, ["dojo", "tsmc-sow"], strategies, steps))
console.log(`Allo+Pred over Base, mean of 2 machines and 3 batches, ${steps} decode steps; the study: ${published}`)
console.log(["pieces", ...models, "mean"].join("\t"))
const means = values.map((pieces) => {
  const all = byModel.map((runs) => speedup(runs, pieces))
  console.log([pieces, ...all.map((x) => x.toFixed(2)), mean(all).toFixed(2)].join("\t"))
  return mean(all)
})
const off = means.map((value) => Math.abs(value - published))
console.log(`nearest: ${values[off.indexOf(Math.min(...off))]}`)

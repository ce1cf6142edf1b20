/** What forecasts cost in WebAssembly against plain loops, all built-in predictors at one layer, by tokens and by experts. */
import { compare } from "@moira/bench"
import { loadPlugin, random } from "@moira/core"
import { builtinNames, nodePlugins } from "@moira/core/node"
import { analyse, modelOf, requestOf } from "@moira/trace/testing"
import { Effect } from "effect"
import { forecast } from "../src/evaluation/forecast.ts"
import { withoutKernels } from "../src/kernels/memory.ts"
import { predictorKind } from "../src/predictor.ts"

const loaded = Effect.forEach(builtinNames(predictorKind), (name) => loadPlugin(predictorKind, name))
const predictors = (await Effect.runPromise(Effect.provide(loaded, nodePlugins))).map(({ plugin }) => plugin)

/** So many requests of 64 tokens each, half of whose selections are those of the token before. */
const made = (experts: number, topK: number, count: number) => {
  const { uniform } = random(7)
  let last: Array<number> = []
  const token = () => {
    const ids = new Set(last.filter(() => uniform() < 0.5))
    while (ids.size < topK) ids.add(Math.floor(uniform() ** 2 * experts))
    last = [...ids]
    return [last]
  }
  const tokens = (n: number) => Array.from({ length: n }, token)
  return Array.from({ length: count }, () => requestOf(tokens(8), tokens(56)))
}

const grow = async (experts: number, count: number) => {
  const topK = 8
  const requests = made(experts, topK, count)
  const run = analyse(
    (context) => forecast(context, { predictors, draws: 5 }),
    modelOf({ layers: 1, experts, topK }),
    requests
  )
  const [amount, unit] = [(count * 64) / 1e3, "k token-layers"]
  await compare(
    `${predictors.length} predictors, ${experts} experts, ${count * 64} tokens of one layer`,
    [
      { name: "plain loops", run: () => withoutKernels(() => Effect.runSync(run)), amount, unit },
      { name: "WebAssembly", run: () => Effect.runSync(run), amount, unit }
    ],
    { rounds: 3 }
  )
}

for (const count of [20, 80, 320]) await grow(128, count)
for (const experts of [256, 512, 1024]) await grow(experts, 20)

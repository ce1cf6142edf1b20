/** Layer steps a second: tokens counted in WebAssembly and in plain loops, strategies against each other, and growth. */
import { compare } from "@moira/bench"
import bottleneck from "@moira/hardware/networks/bottleneck"
import algorithm1 from "@moira/allocation/allocators/algorithm-1"
import atHome from "@moira/allocation/allocators/at-home"
import balance from "@moira/allocation/allocators/balance"
import even from "@moira/allocation/allocators/even"
import { jsTokens } from "../src/tokens/js.ts"
import { madeUpRun, madeUpWindow, type WindowSize } from "./made-up.ts"

const size = { layers: 12, steps: 8, requests: 16_384 }
const shared = { amount: size.layers * size.steps, unit: "layer steps" }
const window = madeUpWindow(size)
const dies = [5, 5] as const

for (const allocator of [atHome, even]) {
  const stages = { allocator, network: bottleneck }
  await compare(`simulate, DeepSeek-V3-like, batch 16,384, 25 dies, ${allocator.id}`, [
    { name: "plain loops", run: madeUpRun(window, dies, { ...stages, counter: jsTokens }), ...shared },
    { name: "WebAssembly", run: madeUpRun(window, dies, stages), ...shared },
    { name: "WebAssembly, token traffic ignored", run: madeUpRun(window, dies, stages, "ignored"), ...shared }
  ])
}

await compare(
  "simulate, the same, strategies",
  [atHome, even, algorithm1, balance].map((allocator) => ({
    name: allocator.id,
    run: madeUpRun(window, dies, { allocator, network: bottleneck }),
    ...shared
  }))
)

/** Every candidate runs as many layer steps; ratios below 1 say how many times as long a step takes. */
const grow = async (
  title: string,
  cases: ReadonlyArray<readonly [string, Partial<WindowSize>, readonly [number, number]]>
) => {
  const few = { layers: 4, steps: 8, requests: 16_384 }
  await compare(
    `simulate, at-home, ${title}`,
    cases.map(([name, changed, mesh]) => ({
      name,
      run: madeUpRun(madeUpWindow({ ...few, ...changed }), mesh, { allocator: atHome, network: bottleneck }),
      amount: few.layers * few.steps,
      unit: "layer steps"
    }))
  )
}

await grow(
  "growth with the batch",
  [1024, 4096, 16_384, 65_536].map((requests) => [`batch ${requests}`, { requests }, dies])
)
await grow(
  "growth with experts",
  [128, 256, 512, 1024].map((experts) => [`${experts} experts`, { experts }, dies])
)
await grow(
  "growth with dies",
  [5, 8, 10, 20].map((side) => [`${side * side} dies`, {}, [side, side]])
)

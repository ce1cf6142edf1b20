/** What the checks of plug-ins cost a run: the same layer steps with and without them. */
import { compare } from "@moira/bench"
import algorithm1 from "@moira/allocation/allocators/algorithm-1"
import fixed from "@moira/allocation/residencies/fixed"
import retained from "@moira/allocation/residencies/retained"
import bottleneck from "@moira/hardware/networks/bottleneck"
import flow from "@moira/hardware/networks/flow"
import { costModel, fabricOf, holdersOf, load } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import contiguous from "@moira/placement/optimizers/contiguous"
import { findModel, moeLayers, random } from "@moira/core"
import { Effect } from "effect"
import { checkedStages } from "../src/step/checked-stages.ts"
import { simulateBatch } from "../src/step/simulate-batch.ts"
import { makeBatch } from "../src/window/batch.ts"
import { noKnowledge } from "../src/window/knowledge.ts"
import { type DecodeWindow } from "../src/window/window.ts"

const model = findModel("deepseek-v3")!
const layers = moeLayers(model).slice(0, 12)
const [requests, steps] = [256, 4]
const { below } = random(1)
const window: DecodeWindow = {
  model,
  layers,
  requests,
  steps,
  ids: Uint8Array.from({ length: layers.length * steps * requests * 8 }, () =>
    Math.floor((below(256) * below(256)) / 256)
  ),
  decodeTokens: new Uint32Array(requests).fill(steps)
}
const spec = { dies: 25, linkBytesPerSec: 1.7e12, flopsPerSec: 8e14, memoryBytesPerSec: 3e12 }
const hardware = Effect.runSync(load(ring, spec))
const fabric = fabricOf(hardware.machine)
const placement = Effect.runSync(contiguous.place({ model, layers, fabric, expertBytes: 1, spareSlots: 0 }))
const homes = layers.map((_, layerIndex) => holdersOf(placement, layerIndex))
const setup = {
  fabric,
  experts: model.experts,
  homes,
  spareCopies: new Uint32Array(fabric.units).fill(2),
  cost: costModel(fabric, 1, 1),
  knowledge: noKnowledge(model, layers.length)
}

for (const network of [bottleneck, flow]) {
  for (const [policy, batch] of [
    [fixed, 4096],
    [retained, 4096],
    [retained, 256]
  ] as const) {
    const stages = { hardware, network, policy, allocator: algorithm1 }
    const plain = {
      engine: hardware.engine,
      network,
      allocator: algorithm1,
      residency: policy.prepare,
      begin: () => {}
    }
    const run = (parts: Omit<ReturnType<typeof checkedStages>, "machineFault">) => () =>
      simulateBatch(
        makeBatch(window, batch),
        { ...parts, fabric, homes, residency: parts.residency(setup) },
        { steps, tokenTraffic: "modelled", bytesPerWeight: 1 }
      )
    const shared = { amount: layers.length * steps, unit: "layer steps" }
    await compare(
      `simulate, DeepSeek-like, batch ${batch}, 25 dies, ${network.id}, ${policy.id}`,
      [
        { name: "without checks", run: run(plain), ...shared },
        { name: "with checks", run: () => run(checkedStages(layers, fabric, stages))(), ...shared }
      ],
      { rounds: network === flow ? 9 : 25 }
    )
  }
}

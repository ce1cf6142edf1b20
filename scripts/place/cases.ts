/** Machines and slots on which placements are compared. */
import { type Fabric, fabricOf, type Node } from "../../packages/hardware/src/index.ts"
import { chooseKernels } from "../../packages/multi-gpu/src/exchange/catalogue.ts"
import { expertTimeOf } from "../../packages/multi-gpu/src/expert-kernels.ts"
import { machines } from "../../packages/multi-gpu/src/machines.ts"
import { makeExchange } from "../../packages/multi-gpu/src/exchange/exchange.ts"
import { findModel, type Model } from "../../packages/core/src/index.ts"

export interface Case {
  readonly model: Model
  readonly layers: number
  readonly units: number
  /** A unit. */
  readonly spareSlots: number
}

/** H100 servers of eight, with the constants of `dgx-h100`; a plain function, where the backend is an effect. */
export const h100Fabric = (units: number): Fabric => {
  const spec = machines["dgx-h100"]!
  const times = (["bfloat16", "fp8"] as const).flatMap((dtype) => expertTimeOf(spec, dtype) ?? [])
  const { flopsPerSec, bytesPerSec } = {
    flopsPerSec: Math.max(...times.map((time) => time.peakFlopsPerSec)),
    bytesPerSec: Math.max(...times.map((time) => time.bytesPerSec))
  }
  const nodes = Array.from({ length: units }, (_, id): Node => ({
    id,
    name: `gpu[${id}]`,
    kind: "compute",
    compute: { flopsPerSec, efficiency: 1, expertTime: times },
    memory: { capacityBytes: 1e15, reservedBytes: 0, bytesPerSec, latencyPs: spec.memoryLatencyPs },
    server: Math.floor(id / spec.gpusPerServer)
  }))
  const { linkShare, nicShare = linkShare, architecture } = spec
  const kernels = chooseKernels({ kind: "auto", architecture, servers: Math.ceil(units / spec.gpusPerServer) })
  if ("what" in kernels) throw new Error(kernels.what)
  return fabricOf({
    nodes,
    links: [],
    commandBytes: 16,
    route: () => [],
    exchange: (fabric) => makeExchange(fabric, kernels, { ...spec, nicShare })
  })
}

const shapes = [
  { model: "deepseek-v3", layers: 58, units: [8, 32, 64, 144] },
  { model: "qwen3-235b", layers: 94, units: [8, 32] },
  { model: "kimi-k2", layers: 60, units: [32, 64] }
]

/** Spare slots in all that are compared: 0 to 64. A unit has as many slots as another, so not every number can be. */
const maxSpare = 64

/** Every number of slots a unit with at most 64 spare slots in all: experts that do not fill the units leave some at once. */
export const cases: ReadonlyArray<Case> = shapes.flatMap(({ model: id, layers, units }) => {
  const model = findModel(id)!
  return units.flatMap((n) => {
    const even = Math.ceil(model.experts / n)
    const choices = Math.floor((model.experts + maxSpare) / n) - even
    return Array.from({ length: Math.max(0, choices) + 1 }, (_, spareSlots) => ({
      model,
      layers,
      units: n,
      spareSlots
    }))
  })
})

/** Spare slots of a case in all. */
export const spareOf = ({ model, units, spareSlots }: Case): number =>
  units * (Math.ceil(model.experts / units) + spareSlots) - model.experts

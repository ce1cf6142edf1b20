/** A simulation document of a wafer-scale mesh, made from seeded draws and checked by the schema. */
import { SimulationDocument } from "@moira/results"
import { Schema } from "effect"
import { deepSeek, input } from "./analysis.ts"
import type { Shape } from "./shape.ts"
import { rounded, seed, stream } from "./draws.ts"

const side = 5

/** A 5 x 5 mesh: 25 units and 80 directed links. */
export const dojo = {
  name: "dojo",
  backend: "wafer",
  spec: { columns: side, rows: side, dieBytesPerSec: 3.35e12, linkBytesPerSec: 1.7e12 },
  units: Array.from({ length: side * side }, (_, u) => ({
    name: `die[${Math.floor(u / side)}][${u % side}]`,
    at: [u % side, Math.floor(u / side)]
  })),
  links: Array.from({ length: side * side }, (_, u) => u).flatMap((u) => {
    const [x, y] = [u % side, Math.floor(u / side)]
    return [
      [x + 1, y],
      [x - 1, y],
      [x, y + 1],
      [x, y - 1]
    ].flatMap(([a, b]) =>
      a! >= 0 && a! < side && b! >= 0 && b! < side ? [{ fromUnit: u, toUnit: b! * side + a!, bytesPerSec: 1.7e12 }] : []
    )
  })
}

/** Eight units behind one switch, without positions. */
export const box = {
  name: "dgx-h100",
  backend: "multi-gpu",
  spec: { gpus: 8 },
  units: Array.from({ length: 8 }, (_, u) => ({ name: `gpu[${u}]`, at: null })),
  links: Array.from({ length: 8 }, (_, u) => [
    { fromUnit: u, toUnit: -1, bytesPerSec: 4.5e11 },
    { fromUnit: -1, toUnit: u, bytesPerSec: 4.5e11 }
  ]).flat()
}

/** Rough factors over base of each strategy at the two batch sizes of the sample, and the greatest parts of its time. */
const character = {
  base: { allocator: "even", gain: [1, 1], hops: 1, busy: 0.14, link: 0.62, binds: { link: 0.83, reading: 0.1 } },
  ep: {
    allocator: "at-home",
    gain: [6.1, 4.3],
    hops: 0,
    busy: 0.62,
    link: 0,
    binds: { reading: 0.58, imbalance: 0.4 }
  },
  allo: {
    allocator: "algorithm-1",
    gain: [6.2, 6.05],
    hops: 1 / 140,
    busy: 0.81,
    link: 0.09,
    binds: { reading: 0.8, imbalance: 0.1, decision: 0.04 }
  },
  "allo+pred": {
    allocator: "algorithm-1",
    gain: [6.4, 5.9],
    hops: 1 / 30,
    busy: 0.82,
    link: 0.12,
    binds: { reading: 0.82, imbalance: 0.09 }
  }
} as const
export type SampleStrategy = keyof typeof character

/** Every part of the time by its metric; what is not given is latency. */
const boundShares = (binds: Readonly<Record<string, number>>): Readonly<Record<string, number>> => {
  const parts = ["arithmetic", "reading", "imbalance", "link", "exchange", "decision"]
  const shares = parts.map((part) => [`bound_${part}_share`, binds[part] ?? 0] as const)
  const rest = 1 - shares.reduce((sum, [, share]) => sum + share, 0)
  return Object.fromEntries([...shares, ["bound_latency_share", rounded(Math.max(0, rest))]])
}

const run = (machine: typeof dojo | typeof box, name: SampleStrategy, batch: number, shape: Shape) => {
  const { allocator, gain, hops, busy, link, binds } = character[name]
  const placement = "contiguous"
  const draw = stream(machine.name, name, batch)
  const steps = 8
  const factor = gain[batch > 8192 ? 1 : 0]
  const layerPs = (machine.name === "dojo" ? 1.9e8 : 3.1e8) * (0.6 + batch / 8192) * (1 / factor)
  const layers = shape.layers.map((layer) => ({
    layer,
    timePs: Math.round(layerPs * (1 + 0.12 * Math.abs(draw.normal())))
  }))
  const stepPs = layers.reduce((sum, l) => sum + l.timePs, 0)
  const perStep = Array.from({ length: steps }, (_, step) => {
    const alive = Math.round(batch * (1 - 0.012 * step))
    return { step, tokens: alive, timePs: Math.round((stepPs * alive) / batch) }
  })
  const tokens = perStep.reduce((sum, s) => sum + s.tokens, 0)
  const timePs = perStep.reduce((sum, s) => sum + s.timePs, 0)
  const touched = shape.experts * shape.layers.length * steps
  const expertBytes = 3 * 7168 * 2048
  const baseHops = touched * 3.2 * (batch > 8192 ? 2.6 : 1)
  const unitBusy = machine.units.map(() => rounded(Math.min(1, busy * (1 + 0.16 * draw.normal()))))
  const linkUtilisation = machine.links.map(({ fromUnit, toUnit }) => {
    const middle = Math.hypot((fromUnit % side) - 2, Math.floor(toUnit / side) - 2) / 2.9
    return rounded(Math.max(0, link * (1.05 - 0.7 * middle) * (0.8 + 0.4 * draw.uniform())))
  })
  const remote = name === "base" ? 0.93 : name === "allo" ? 0.04 : 0
  const read = touched * expertBytes * (1 + (name === "base" ? remote : 0))
  const joules = {
    memory: 8 * read * 3.9e-12,
    link: 8 * baseHops * hops * expertBytes * 5.5e-12,
    compute: tokens * shape.layers.length * shape.topK * 2 * expertBytes * 0.71e-12
  }
  return {
    machine,
    strategy: { name, placement, allocator, residency: "fixed" },
    network: "flow",
    batch,
    steps,
    tokenTraffic: "modelled",
    controller: null,
    bytesPerWeight: 1,
    seed,
    metrics: {
      throughput_tokens_per_s: rounded((tokens / timePs) * 1e12),
      time_ps: timePs,
      layer_time_ps: Math.round(timePs / steps / shape.layers.length),
      tokens,
      hops: Math.round(baseHops * hops),
      byte_hops: Math.round(baseHops * hops * expertBytes),
      token_hops: tokens * 9,
      token_bytes: tokens * 9 * 7168,
      dram_local_read_bytes: Math.round(touched * expertBytes * (1 - remote)),
      dram_remote_read_bytes: Math.round(touched * expertBytes * remote * (name === "base" ? 2 : 1)),
      dram_local_write_bytes: 0,
      energy_j: joules.memory + joules.link + joules.compute,
      energy_memory_j: joules.memory,
      energy_link_j: joules.link,
      energy_compute_j: joules.compute,
      link_utilisation: Math.max(...linkUtilisation),
      unit_busy: rounded(unitBusy.reduce((a, b) => a + b, 0) / unitBusy.length),
      balancedness: rounded(name === "base" ? 0.97 : name === "ep" ? 0.58 : 0.89),
      lower_bound_ratio: rounded(7.3 / factor),
      ...boundShares(binds)
    },
    busiest: {
      unit: { index: 7, share: 0.41 },
      link: name === "ep" ? null : { index: 12, share: 0.3 }
    },
    layers,
    perStep,
    unitBusy,
    linkUtilisation,
    warnings: batch > 8192 ? ["the trace has fewer requests than the batch: requests repeat"] : []
  }
}

export const simulation = (
  options: {
    readonly shape?: Shape
    readonly machines?: ReadonlyArray<typeof dojo | typeof box>
    readonly strategies?: ReadonlyArray<SampleStrategy>
    readonly batches?: ReadonlyArray<number>
    /** As documents of before there was a choice, where it is null. */
    readonly baseline?: string | null
  } = {}
): SimulationDocument => {
  const { shape = deepSeek, machines = [dojo], baseline = "ep" } = options
  const { strategies = ["base", "ep", "allo"], batches = [4096, 16_384] } = options
  return Schema.decodeUnknownSync(SimulationDocument)({
    schema: "moira-simulation/1",
    moira: "0.0.0",
    input: input(shape),
    ...(baseline === null ? {} : { baseline }),
    runs: machines.flatMap((machine) =>
      batches.flatMap((batch) => strategies.map((name) => run(machine, name, batch, shape)))
    )
  })
}

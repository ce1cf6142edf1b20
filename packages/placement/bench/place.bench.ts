/**
 * What placing takes: 58 layers x 256 experts (DeepSeek-V3) on 64 units with 64 spare slots in all, Zipf(1) loads.
 * Beside EPLB stand its plain telling in TypeScript and one in Python; the reference, Python over torch tensors, takes
 * 0.3 to 2.4 s of CPU for this case.
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { compare } from "@moira/bench"
import type { Fabric, Placement } from "@moira/hardware"
import { meshFabric } from "@moira/hardware/testing"
import { balancedness, unitLoads } from "../src/loads/unit-loads.ts"
import { optimizerKind, type PlacementInput, type PlacementPolicy } from "../src/optimizer.ts"
import { builtinNames, nodePlugins } from "@moira/core/node"
import { findModel, loadPlugin, moeLayers, random, substream } from "@moira/core"
import { Effect } from "effect"
import { plainEplb } from "../test/plain-eplb.ts"

const model = findModel("deepseek-v3")!
const layers = moeLayers(model)
const units = 64
const flat = meshFabric(8, 8)
const fabric: Fabric = {
  ...flat,
  servers: 8,
  serverOf: Uint16Array.from(flat.serverOf, (_, u) => u >> 3),
  expertBytes: flat.expertBytes.map(() => 1e12)
}

/** Zipf(1): the expert of rank r has a load of 1 / r; ranks drawn anew for each layer. */
const zipf = (layer: number): Float64Array => {
  const { below } = random(substream(1, "zipf", layer))
  const loads = Float64Array.from({ length: model.experts }, (_, r) => Math.round(1e6 / (r + 1)))
  for (let i = loads.length - 1; i > 0; i--) {
    const j = below(i + 1)
    ;[loads[i], loads[j]] = [loads[j]!, loads[i]!]
  }
  return loads
}
const counts = layers.map(zipf)
const weights = counts.map((row) => [...row])
const input: PlacementInput = {
  model,
  layers,
  fabric,
  expertBytes: 3 * model.hidden * model.expertFfn,
  spareSlots: 1,
  counts,
  judgedOn: counts,
  workloads: [{ name: "all", counts }]
}
const replicas = units * 5

const optimizer = (name: string) =>
  Effect.runPromise(Effect.provide(loadPlugin(optimizerKind, name), nodePlugins)).then(({ plugin }) => plugin)
const run = (policy: PlacementPolicy) => () => {
  Effect.runSync(policy.place(input))
}
const title = "58 x 256 experts, 64 units, 64 spare slots in all"

/** Calls a round: one alone is over in milliseconds and would measure the compiler. */
const calls = 20
const repeated = (once: () => void) => () => {
  for (let i = 0; i < calls; i++) once()
}

/** CPU seconds of one call of EPLB, beside its plain telling. */
const secondsOf = async (name: string, groups: number) => {
  const policy = await optimizer(name)
  const plain = () => weights.forEach((row) => plainEplb(row, replicas, groups, groups, units))
  const [, ours] = await compare(`${name}, ${calls} calls, ${title}`, [
    { name: "plain TypeScript", run: repeated(plain), amount: calls, unit: "calls" },
    { name, run: repeated(run(policy)), amount: calls, unit: "calls" }
  ])
  return ours!.cpuSeconds / calls
}
/** CPU seconds of the Python telling, or why there is none; its first layer must be ours. */
const python = (groups: number, nodes: number): number | string => {
  const script = fileURLToPath(new URL("eplb.py", import.meta.url))
  const question = JSON.stringify({ weight: weights, replicas, groups, nodes, gpus: units, rounds: 3 })
  const { status, stdout, error } = spawnSync("python3", [script], { input: question, maxBuffer: 1e9 })
  if (status !== 0) return `no python3 (${error?.message ?? `status ${status}`})`
  const answer = JSON.parse(String(stdout)) as {
    readonly seconds: ReadonlyArray<number>
    readonly first: ReadonlyArray<number>
  }
  if (answer.first.join() !== plainEplb(weights[0]!, replicas, groups, nodes, units).join())
    return "its answer differs from ours in the last bit of a load"
  return answer.seconds.toSorted((a, b) => a - b)[1]!
}
for (const [name, groups] of [
  ["eplb", 8],
  ["eplb-global", 1]
] as const) {
  const cpuSeconds = await secondsOf(name, groups)
  const seconds = python(groups, groups)
  console.log(
    typeof seconds === "string"
      ? `  Python: ${seconds}`
      : `  Python ${(1000 * seconds).toFixed(0)} ms, ${name} ${(1000 * cpuSeconds).toFixed(1)} ms: ${(seconds / cpuSeconds).toFixed(0)} x`
  )
}

// The others that place from counts alone, by name, so that a new one joins.
const others = ["remap", "dup", "moira", "best"].filter((name) => builtinNames(optimizerKind).includes(name))
await compare(
  `optimizers, ${title}`,
  await Promise.all(
    others.map(async (name) => ({ name, run: run(await optimizer(name)), amount: 1, unit: "placements" }))
  ),
  { rounds: 3 }
)

/** Greatest over mean load of a layer on loads that went a third of the way to other ones: what placing did not see. */
const heldOutImbalance = ({ physicalToLogical, slotsPerUnit }: Placement): number => {
  const all = physicalToLogical.map((slots, l) => {
    const other = counts[(l + 1) % counts.length]!
    const drifted = counts[l]!.map((load, e) => load + other[e]! / 3)
    return 1 / balancedness(unitLoads(slots, slotsPerUnit, drifted).choices)
  })
  return all.reduce((total, one) => total + one, 0) / all.length
}

const grown = layers.slice(0, 6)
for (const side of [8, 16, 32]) {
  const mesh = meshFabric(side, side)
  const large: PlacementInput = {
    ...input,
    layers: grown,
    counts: counts.slice(0, grown.length),
    judgedOn: counts.slice(0, grown.length),
    workloads: [],
    fabric: { ...mesh, expertBytes: mesh.expertBytes.map(() => 1e12) },
    spareSlots: 0
  }
  const policies = await Promise.all(["eplb-global", "moira"].map(optimizer))
  await compare(
    `${side * side} units, ${grown.length} layers, no slot beyond the even share`,
    policies.map((policy) => ({
      name: policy.id,
      run: () => {
        Effect.runSync(policy.place(large))
      },
      amount: grown.length,
      unit: "layers"
    })),
    { rounds: 3 }
  )
  for (const policy of policies)
    console.log(
      `  ${policy.id}: greatest / mean load held out ${heldOutImbalance(Effect.runSync(policy.place(large))).toFixed(3)}`
    )
}

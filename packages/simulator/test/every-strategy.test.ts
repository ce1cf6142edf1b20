/** What holds in every layer step of every built-in strategy, on any machine: nothing is lost, made up or for nothing. */
import type { Loaded } from "@moira/core"
import { builtinPlugins } from "@moira/core/testing"
import type { Demand, Fabric, Holders, NetworkModel } from "@moira/hardware"
import bottleneck from "@moira/hardware/networks/bottleneck"
import flow from "@moira/hardware/networks/flow"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { boundParts } from "../src/step/binds.ts"
import { type Strategy, strategyKind } from "../src/strategy.ts"
import { aliveTokens, countExpertTokens, makeBatch } from "../src/window/batch.ts"
import { expertBytes, machines, model, readWindow, watch, type WatchedStep } from "./watched-run.ts"

const strategies = await Effect.runPromise(builtinPlugins(strategyKind))
const window = await Effect.runPromise(readWindow)
const batches = [30, 3000]
const { experts, topK } = model

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0)

/** `held[e * units + u]` is 1 where unit `u` holds expert `e`. */
const heldIn = ({ start, unit }: Holders, units: number): Uint8Array => {
  const held = new Uint8Array(experts * units)
  for (let e = 0; e < experts; e++) for (let i = start[e]!; i < start[e + 1]!; i++) held[e * units + unit[i]!] = 1
  return held
}

interface Task {
  readonly e: number
  readonly u: number
  readonly from: number
  readonly tokens: number
  readonly cached: boolean
}

const tasksOf = ({ work }: WatchedStep): ReadonlyArray<Task> =>
  Array.from({ length: work.count }, (_, i) => ({
    e: work.expert[i]!,
    u: work.unit[i]!,
    from: work.source[i]!,
    tokens: work.tokens[i]!,
    cached: work.cached[i] === 1
  }))

/** Every token of the step is computed once. */
const tokensAreComputed = (step: WatchedStep, tasks: ReadonlyArray<Task>, batch: number): void => {
  const of = makeBatch(window, batch)
  const wanted = new Uint32Array(experts)
  countExpertTokens(of, step.layerIndex, step.step, wanted)
  const computed = new Uint32Array(experts)
  for (const { e, tokens } of tasks) computed[e]! += tokens
  assert.deepStrictEqual(computed, wanted)
  assert.strictEqual(sum(step.demand.tokens), aliveTokens(of, step.step) * topK)
}

/** Weights come from who held them, or from a cache of a unit that read them before. */
const weightsAreThere = (
  { before, layerIndex }: WatchedStep,
  tasks: ReadonlyArray<Task>,
  units: number,
  readBefore: Set<string>
): void => {
  const held = heldIn(before, units)
  const pairs = new Set(tasks.map(({ e, u }) => e * units + u))
  assert.strictEqual(pairs.size, tasks.length, "an expert is one task of a unit")
  const unread = tasks.filter(({ e, u, from, cached }) =>
    cached ? from !== u || !readBefore.has(`${layerIndex} ${e} ${u}`) : held[e * units + from] === 0
  )
  assert.deepStrictEqual(unread, [], "read from who lacks it, or found where it never was")
  const again = tasks.filter(({ e, u, tokens }) => tokens === 0 && held[e * units + u] === 1)
  assert.deepStrictEqual(again, [], "copied to who has it")
  for (const { e, u } of tasks) readBefore.add(`${layerIndex} ${e} ${u}`)
}

/** What is read is given by some memory or cache, and what crosses links is what was read or sent over them. */
const bytesAreKept = (
  { work, demand }: WatchedStep,
  tasks: ReadonlyArray<Task>,
  { units, hops, machine }: Fabric
): void => {
  const read = tasks.filter(({ cached }) => !cached)
  const remote = read.filter(({ u, from }) => u !== from)
  assert.strictEqual(demand.remoteReadBytes, remote.length * expertBytes)
  assert.strictEqual(demand.localReadBytes, (read.length - remote.length) * expertBytes)
  assert.strictEqual(demand.cachedBytes, (tasks.length - read.length) * expertBytes)
  assert.strictEqual(demand.copyBytes, tasks.filter(({ tokens }) => tokens === 0).length * expertBytes)
  assert.strictEqual(demand.localWriteBytes, sum(work.localWriteBytes))
  assert.strictEqual(sum(demand.memoryBytes), read.length * expertBytes + demand.localWriteBytes)
  let carried = 0
  for (const { u, from } of remote)
    carried += expertBytes * hops[from * units + u]! + machine.commandBytes * hops[u * units + from]!
  for (let a = 0; a < units; a++)
    for (let b = 0; b < units; b++)
      carried +=
        work.tokenCopies[a * units + b]! *
        (work.dispatchBytesPerToken * hops[a * units + b]! + work.combineBytesPerToken * hops[b * units + a]!)
  assert.strictEqual(sum(demand.linkBytes), carried)
}

/**
 * Homes stay, copies lie where there is room for them, and what is written is what is kept. Returns the copies held, and how
 * many made way.
 */
const copiesFit = (
  step: WatchedStep,
  tasks: ReadonlyArray<Task>,
  homes: Uint8Array,
  room: ArrayLike<number>
): { readonly held: number; readonly lost: number } => {
  const units = room.length
  const [before, after] = [heldIn(step.before, units), heldIn(step.after, units)]
  const all = { held: 0, lost: 0 }
  for (let u = 0; u < units; u++) {
    let [held, gained, lost, gone] = [0, 0, 0, 0]
    for (let i = u; i < experts * units; i += units) {
      held += after[i]! - homes[i]!
      if (after[i]! < homes[i]!) gone++
      if (after[i]! > before[i]!) gained++
      if (after[i]! < before[i]!) lost++
    }
    assert.strictEqual(gone, 0, "experts at home stay")
    assert.isAtMost(held, room[u]!, `copies on unit ${u}`)
    const written = step.work.localWriteBytes[u]! / expertBytes
    // Where memory is full, a copy may make way for another one of the same step: both were written.
    if (held < room[u]!) assert.deepStrictEqual([written, lost], [gained, 0], `written on unit ${u}`)
    else assert.isAtLeast(written, gained, `written on unit ${u}`)
    const arrived = tasks.filter((task) => task.u === u && task.from !== u).length
    assert.isAtMost(written, arrived, "what is written was read from somewhere")
    all.held += held
    all.lost += lost
  }
  return all
}

/** Copies of a layer that fit on each unit beside the experts at home; all experts for who ignores that. */
const roomFor = ({ plugin }: { readonly plugin: Strategy }, { expertBytes: bytes, units }: Fabric, homes: Uint8Array) =>
  Array.from({ length: units }, (_, u) => {
    const home = homes.filter((_held, i) => i % units === u && homes[i] === 1).length
    return plugin.residency === "predicted-unlimited"
      ? experts
      : Math.floor(bytes[u]! / expertBytes / window.layers.length) - home
  })

/** Checks every layer step of a run and its sums; says what it came across. */
const check = Effect.fnUntraced(function* (
  strategy: Loaded<Strategy>,
  fabric: Fabric,
  network: NetworkModel,
  batch: number
) {
  const { units } = fabric
  const { result, steps } = yield* watch(window, strategy, fabric, network, batch)
  assert.strictEqual(steps.length, window.layers.length * window.steps)
  const homes = heldIn(steps[0]!.before, units)
  const room = roomFor(strategy, fabric, homes)
  const readBefore = new Set<string>()
  const copies = window.layers.map(() => 0)
  let lost = 0
  let copiesOfCopies = 0
  for (const step of steps) {
    const tasks = tasksOf(step)
    tokensAreComputed(step, tasks, batch)
    weightsAreThere(step, tasks, units, readBefore)
    bytesAreKept(step, tasks, fabric)
    const now = copiesFit(step, tasks, homes, room)
    copies[step.layerIndex] = now.held
    lost += now.lost
    copiesOfCopies += tasks.filter(({ e, from, tokens }) => tokens === 0 && homes[e * units + from] === 0).length
  }
  const { metrics } = result
  const total = (pick: (demand: Demand) => number) => sum(steps.map(({ demand }) => pick(demand)))
  const written = total(({ localWriteBytes }) => localWriteBytes)
  const copied = total(({ copyBytes }) => copyBytes)
  assert.deepStrictEqual(
    ["dram_remote_read_bytes", "dram_local_write_bytes", "copy_bytes"].map((id) => metrics[id]),
    [total(({ remoteReadBytes }) => remoteReadBytes), written, copied]
  )
  assert.closeTo(metrics["copies_held"]!, sum(copies) / window.layers.length / units, 1e-9)
  assert.isAtLeast(metrics["lower_bound_ratio"]!, 1)
  const shares = boundParts.map((part) => metrics[`bound_${part}_share`]!)
  assert.isAtLeast(Math.min(...shares), 0)
  assert.closeTo(sum(shares), 1, 1e-9)
  const counts = { lost, copiesOfCopies, copied, keptReads: written - copied, cached: metrics["llc_hit_bytes"]! }
  return { counts, ratio: metrics["lower_bound_ratio"]!, parts: boundParts.filter((_, i) => shares[i]! > 0) }
})

const networksOf = (fabric: Fabric) => (fabric.machine.exchange === undefined ? [flow, bottleneck] : [bottleneck])

for (const [name, fabric] of Object.entries(machines))
  describe(name, () => {
    for (const strategy of strategies)
      it.effect(`${strategy.name} keeps tokens, weights, bytes and room, and its parts are its time`, () =>
        Effect.gen(function* () {
          for (const network of networksOf(fabric))
            for (const batch of batches) yield* check(strategy, fabric, network, batch)
        })
      )
  })

it.effect("these runs make copies, also of copies, let them make way, hit caches and are bound by every part", () =>
  Effect.gen(function* () {
    const runs = yield* Effect.forEach(
      strategies.filter(({ name }) => ["moira", "pred", "ep"].includes(name)),
      (strategy) =>
        Effect.forEach(Object.values(machines), (fabric) =>
          Effect.forEach(networksOf(fabric), (network) =>
            Effect.forEach(batches, (batch) => check(strategy, fabric, network, batch))
          )
        )
    )
    const met = runs.flat(3)
    for (const what of Object.keys(met[0]!.counts) as ReadonlyArray<keyof (typeof met)[0]["counts"]>)
      assert.isAbove(sum(met.map(({ counts }) => counts[what])), 0, what)
    assert.isBelow(Math.min(...met.map(({ ratio }) => ratio)), 1.5, "a bound half as high again would be seen")
    assert.deepStrictEqual([...new Set(met.flatMap(({ parts }) => parts))].toSorted(), [...boundParts].toSorted())
  })
)

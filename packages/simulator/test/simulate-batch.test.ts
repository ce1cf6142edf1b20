/** The simulation against a slow, plain telling of `docs/reference/simulation.md` with maps and loops over tokens. */
import { assert, it } from "@effect/vitest"
import bottleneck from "@moira/hardware/networks/bottleneck"
import { fabricOf, sharedEngine, holdersOf } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import atHome from "@moira/allocation/allocators/at-home"
import even from "@moira/allocation/allocators/even"
import evenBlocks from "@moira/allocation/allocators/even-blocks"
import contiguous from "@moira/placement/optimizers/contiguous"
import { loadWindow } from "../src/window/window.ts"
import { makeBatch } from "../src/window/batch.ts"
import { simulateBatch } from "../src/step/simulate-batch.ts"
import { expertFlopPerToken, expertParameters, moeLayers } from "@moira/core"
import { Effect } from "effect"
import { makeRequests, model, recordedOnly, traceLayer } from "./scene.ts"

const spec = { dies: 4, linkBytesPerSec: 1e9, flopsPerSec: 1e12, memoryBytesPerSec: 4e9 }
const fabric = fabricOf(Effect.runSync(ring.build(spec)))
const layers = moeLayers(model)

const placement = Effect.runSync(contiguous.place({ model, layers, fabric, expertBytes: 1000, spareSlots: 0 }))

/** How an expert's tokens are given out: where it lies, in four pieces, or in blocks of 50. */
type Way = "home" | "pieces" | "blocks"

/** Tokens of expert `e` for each of four dies; blocks are dealt in turn, on from layer to layer. */
const dealt = (way: Way, deal: { next: number }, e: number, tokens: number): ReadonlyArray<number> => {
  const perUnit = [0, 0, 0, 0]
  if (way === "home") perUnit[Math.floor((e * 4) / model.experts)] = tokens
  // As many pieces as dies: piece p of every expert goes to die p, the first ones are larger.
  if (way === "pieces") for (let token = 0; token < tokens; token++) perUnit[token % 4]!++
  if (way === "blocks")
    for (let rest = tokens; rest > 0; rest -= 50) {
      perUnit[deal.next]! += Math.min(50, rest)
      deal.next = (deal.next + 1) % 4
    }
  return perUnit
}

/** Who computes each (slot, expert) of one layer step, told token by token. */
const plainUnits = (way: Way, deal: { next: number }, chosen: ReadonlyArray<ReadonlyArray<number>>) => {
  const byExpert = new Map<number, Array<number>>()
  chosen.forEach((experts, slot) => experts.forEach((e) => byExpert.set(e, [...(byExpert.get(e) ?? []), slot])))
  const unitOf = new Map<string, number>()
  for (let e = 0; e < model.experts; e++) {
    const slots = byExpert.get(e) ?? []
    // What a die gets is filled with tokens in slot order, from die 0 on.
    const units = dealt(way, deal, e, slots.length).flatMap((tokens, unit) =>
      Array.from({ length: tokens }, () => unit)
    )
    slots.forEach((slot, i) => unitOf.set(`${slot} ${e}`, units[i]!))
  }
  return unitOf
}

const plainRun = (requests: ReturnType<typeof makeRequests>, size: number, way: Way) => {
  const weightBytes = expertParameters(model)
  const sums = { timePs: 0, tokens: 0, hops: 0, tokenHops: 0, remote: 0 }
  const deal = { next: 0 }
  for (let step = 0; step < 6; step++) {
    const slots = Array.from({ length: size }, (_, b) => requests[b % requests.length]!)
    const alive = slots.map((request) => request.decodeTokens > step)
    sums.tokens += alive.filter(Boolean).length
    layers.forEach((_, layerIndex) => {
      const chosen = slots.map((request, b) => {
        if (!alive[b]!) return []
        const row = layerIndex * (request.prefillTokens + request.decodeTokens) + request.prefillTokens + step
        return [...request.ids.subarray(row * 2, row * 2 + 2)].filter((e) => e < model.experts)
      })
      const unitOf = plainUnits(way, deal, chosen)
      const link = [0, 0, 0, 0]
      const memory = [0, 0, 0, 0]
      const flop = [0, 0, 0, 0]
      const send = (from: number, to: number, bytes: number): number => {
        let hops = 0
        for (let at = from; at !== to; at = (at + 1) % 4) {
          link[at]! += bytes
          hops++
        }
        return hops
      }
      const fetched = new Set<string>()
      const sent = new Set<string>()
      for (const [key, unit] of unitOf) {
        const [slot, e] = key.split(" ").map(Number) as [number, number]
        flop[unit]! += expertFlopPerToken(model)
        if (!fetched.has(`${e} ${unit}`)) {
          fetched.add(`${e} ${unit}`)
          const home = Math.floor((e * 4) / model.experts)
          memory[home]! += weightBytes
          if (home !== unit) {
            send(unit, home, 16)
            sums.hops += send(home, unit, weightBytes)
            sums.remote += weightBytes
          }
        }
        if (!sent.has(`${slot} ${unit}`) && slot % 4 !== unit) {
          sent.add(`${slot} ${unit}`)
          sums.tokenHops += send(slot % 4, unit, model.hidden) + send(unit, slot % 4, 2 * model.hidden)
        }
      }
      const seconds = Math.max(...link.map((b) => b / 1e9), ...memory.map((b) => b / 4e9), ...flop.map((f) => f / 1e12))
      sums.timePs += seconds * 1e12
    })
  }
  return sums
}

const homes = moeLayers(model).map((_, layerIndex) => holdersOf(placement, layerIndex))
const residency = { holders: (layerIndex: number) => homes[layerIndex]!, after: () => {} }

for (const [name, allocator, way] of [
  ["even", even, "pieces"],
  ["even-blocks", evenBlocks, "blocks"],
  ["at-home", atHome, "home"]
] as const) {
  for (const holes of [0, 20]) {
    it.effect(`${name} equals its plain telling${holes > 0 ? ", with holes in the trace" : ""}`, () =>
      Effect.gen(function* () {
        for (const [requests, size] of [
          [7, 300],
          [40, 40],
          [5, 3]
        ] as const) {
          const window = yield* loadWindow({ requests: size, steps: 6 }).pipe(
            Effect.provide(traceLayer(requests, size, holes))
          )
          const parts = { fabric, engine: sharedEngine, network: bottleneck, residency, allocator }
          const options = { steps: 6, tokenTraffic: "modelled", bytesPerWeight: 1 } as const
          const totals = simulateBatch(makeBatch(window, size), parts, options)
          const plain = plainRun(recordedOnly(makeRequests(requests, size, holes)).slice(0, size), size, way)
          assert.deepStrictEqual(
            [totals.tokens, totals.hops, totals.tokenHops, totals.remoteReadBytes],
            [plain.tokens, plain.hops, plain.tokenHops, plain.remote]
          )
          assert.approximately(totals.timePs, plain.timePs, totals.layerSteps * 2)
          assert.isAtLeast(totals.timePs, totals.lowerBoundPs)
        }
      })
    )
  }
}

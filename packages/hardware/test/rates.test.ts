/** Rates that begin again where something has changed, against rates worked out from the start: the same to the last bit. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import type { Fabric } from "../src/machine.ts"
import { duplex, linkIndex } from "../src/machine.ts"
import { fabricOf } from "../src/fabric.ts"
import type { Paths } from "../src/flow/paths.ts"
import { pathsOf } from "../src/flow/paths.ts"
import { makeFlow } from "../src/flow/step.ts"
import { restartedRates } from "../src/flow/rates.ts"
import {
  advanceTransfers,
  isIdle,
  makeTransfers,
  nextCompletionPs,
  resetTransfers,
  startTransfer
} from "../src/flow/transfers.ts"
import { routeTorus } from "../src/routing/torus.ts"
import { torusPairs } from "../src/topologies/torus.ts"
import { meshFabric } from "../src/testing/mesh.ts"
import { drawnWork } from "../src/testing/engine-rules.ts"
import { plainRates } from "./plain-share.ts"

type Drawer = ReturnType<typeof random>

/** Paths over some of few resources each, whose capacities are often equal and now and then far apart. */
const drawnPaths = ({ below }: Drawer): Paths => {
  const resources = 2 + below(30)
  const capacity = Float64Array.from({ length: resources }, () => [1, 1, 1.7, 3, 0.05, 12][below(6)]!)
  const paths = Array.from({ length: 1 + below(60) }, () => {
    const crossed = new Set(Array.from({ length: 1 + below(12) }, () => below(resources)))
    return [...crossed]
  })
  const start = new Uint32Array(paths.length + 1)
  for (const [i, path] of paths.entries()) start[i + 1] = start[i]! + path.length
  const longest = Math.max(...paths.map((path) => path.length))
  return { resources, capacity, start, resource: Uint32Array.from(paths.flat()), longest }
}

it("ends the same transfers at the same picosecond, and leaves the same rates, whatever starts when", () => {
  let restarts = 0
  for (let seed = 0; seed < 60; seed++) {
    const draw = random(seed)
    const { below } = draw
    const paths = drawnPaths(draw)
    const slots = paths.start.length - 1
    const depth = 1 + below(6)
    const room = { slots, depth, deepSlots: slots }
    const states = [restartedRates, plainRates(paths.longest)].map((make) => makeTransfers(paths, room, make))
    let tag = 0
    const start = (slot: number, bytes: number): void => {
      if (states[1]!.weight[slot] === depth) return
      tag++
      for (const state of states) startTransfer(state, slot, paths.start[slot]!, paths.start[slot + 1]!, bytes, tag)
    }
    const bytes = () => [1000, 1000, 2500, 1 + below(5000)][below(4)]!
    for (let round = 0; round < 3; round++) {
      for (let slot = 0; slot < slots; slot++) if (below(3) > 0) start(slot, bytes())
      for (let i = 0; i < 200; i++) {
        const [next, plain] = states.map((state) => nextCompletionPs(state))
        assert.strictEqual(next, plain, `seed ${seed}, event ${i}`)
        assert.deepStrictEqual(states[0]!.current, states[1]!.current, `seed ${seed}, event ${i}`)
        if (next === Infinity) break
        const done = states.map((state) => {
          const tags: Array<number> = []
          advanceTransfers(state, next!, (of) => tags.push(of))
          return tags
        })
        assert.deepStrictEqual(done[0], done[1], `seed ${seed}, event ${i}`)
        restarts++
        if (i < 120) for (let n = below(4); n > 0; n--) start(below(slots), bytes())
      }
      for (const state of states) resetTransfers(state)
      assert.isTrue(Array.from({ length: slots }, (_, slot) => slot).every((slot) => isIdle(states[0]!, slot)))
    }
  }
  assert.isAbove(restarts, 4000)
})

const torus = (columns: number, rows: number): Fabric => {
  const links = duplex(torusPairs(columns, rows), { bytesPerSec: 1.7e12, latencyPs: 200_000 })
  const { machine } = meshFabric(columns, rows)
  return fabricOf({ ...machine, links, route: routeTorus(columns, rows, linkIndex(links)) })
}

it("times whole layer steps to the same picosecond on meshes and tori", () => {
  const fabrics = [
    meshFabric(3, 3),
    meshFabric(5, 4, { outstandingFetches: 3 }),
    meshFabric(6, 1),
    torus(4, 4),
    torus(5, 3)
  ]
  for (const fabric of fabrics) {
    const [fast, plain] = [makeFlow(fabric), makeFlow(fabric, undefined, plainRates(pathsOf(fabric).longest))]
    for (let seed = 0; seed < 25; seed++) {
      const work = drawnWork(fabric, seed)
      const draw = random(seed)
      if (seed % 2 === 0)
        for (let pair = 0; pair < fabric.units ** 2; pair++) work.tokenCopies[pair] = draw.below(3) * 50
      assert.strictEqual(fast.step(work), plain.step(work), `${fabric.units} units, seed ${seed}`)
    }
  }
})

import { assert, it } from "@effect/vitest"
import { duplex, linkIndex } from "../src/machine.ts"
import { meshPairs } from "../src/topologies/mesh.ts"
import { routeO1Turn } from "../src/routing/o1turn.ts"
import { routeXY } from "../src/routing/xy.ts"
import { routeYX } from "../src/routing/yx.ts"

const [columns, rows] = [5, 4]
const links = duplex(meshPairs(columns, rows), { bytesPerSec: 1, latencyPs: 0 })
const link = linkIndex(links)
const nodes = columns * rows

/** Nodes on the way, or a failure where links do not join. */
const visited = (route: (from: number, to: number) => ReadonlyArray<number>, from: number, to: number) => {
  const seen = [from]
  for (const id of route(from, to)) {
    assert.strictEqual(links[id]!.from, seen.at(-1))
    seen.push(links[id]!.to)
  }
  assert.strictEqual(seen.at(-1), to)
  return seen
}

it("YX is XY on the way back, and both are as short as can be", () => {
  for (let from = 0; from < nodes; from++) {
    for (let to = 0; to < nodes; to++) {
      const yx = visited(routeYX(columns, link), from, to)
      assert.deepStrictEqual(yx, visited(routeXY(columns, link), to, from).toReversed())
      // Y first: as long as the row is not that of the target, the column stays.
      for (const node of yx) {
        if (Math.floor(node / columns) !== Math.floor(to / columns)) assert.strictEqual(node % columns, from % columns)
      }
    }
  }
})

it("O1TURN takes XY or YX, and spreads uniform traffic more evenly than either where a mesh is not square", () => {
  const most = (route: (from: number, to: number) => ReadonlyArray<number>) => {
    const crossed = links.map(() => 0)
    for (let from = 0; from < nodes; from++)
      for (let to = 0; to < nodes; to++) for (const id of route(from, to)) crossed[id]!++
    return Math.max(...crossed)
  }
  const [xy, yx, o1turn] = [routeXY(columns, link), routeYX(columns, link), routeO1Turn(columns, link)]
  for (let from = 0; from < nodes; from++) {
    for (let to = 0; to < nodes; to++) {
      const path = [...o1turn(from, to)].join()
      assert.isTrue(path === xy(from, to).join() || path === yx(from, to).join())
    }
  }
  // A transpose pattern loads one corner under XY; O1TURN shares it.
  const transpose = (route: (from: number, to: number) => ReadonlyArray<number>) => {
    const crossed = links.map(() => 0)
    for (let x = 0; x < 4; x++) {
      for (let y = 0; y < 4; y++) for (const id of route(y * columns + x, x * columns + y)) crossed[id]!++
    }
    return Math.max(...crossed)
  }
  assert.isAtMost(transpose(o1turn), transpose(xy))
  assert.isAtMost(most(o1turn), Math.max(most(xy), most(yx)))
})

import { assert, it } from "@effect/vitest"
import { duplex, linkIndex, routeTorus, torusPairs } from "../src/index.ts"

const ring = (a: number, b: number, length: number) => Math.min((a - b + length) % length, (b - a + length) % length)

it("routes every pair of a torus along joined links by the shorter way round", () => {
  for (const [columns, rows] of [
    [1, 1],
    [2, 3],
    [5, 5],
    [4, 6]
  ] as const) {
    const links = duplex(torusPairs(columns, rows), { bytesPerSec: 1, latencyPs: 0 })
    const route = routeTorus(columns, rows, linkIndex(links))
    for (let from = 0; from < columns * rows; from++) {
      for (let to = 0; to < columns * rows; to++) {
        const path = route(from, to)
        let at = from
        for (const id of path) {
          assert.strictEqual(links[id]?.from, at)
          at = links[id]?.to ?? -1
        }
        assert.strictEqual(at, to)
        const across = ring(from % columns, to % columns, columns)
        assert.strictEqual(path.length, across + ring(Math.floor(from / columns), Math.floor(to / columns), rows))
      }
    }
  }
})

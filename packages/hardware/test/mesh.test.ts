import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { duplex, linkIndex } from "../src/machine.ts"
import { meshPairs } from "../src/topologies/mesh.ts"
import { routeXY } from "../src/routing/xy.ts"

const side = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 7 })))

it.effect.prop(
  "XY routes cross as many links as the Manhattan distance, X before Y",
  { columns: side, rows: side },
  ({ columns, rows }) =>
    Effect.sync(() => {
      const links = duplex(meshPairs(columns, rows), { bytesPerSec: 1, latencyPs: 0 })
      assert.strictEqual(links.length, 2 * ((columns - 1) * rows + columns * (rows - 1)))
      const route = routeXY(columns, linkIndex(links))
      for (let from = 0; from < columns * rows; from++) {
        for (let to = 0; to < columns * rows; to++) {
          const [dx, dy] = [(to % columns) - (from % columns), Math.floor(to / columns) - Math.floor(from / columns)]
          const path = route(from, to).map((id) => links[id]!)
          assert.strictEqual(path.length, Math.abs(dx) + Math.abs(dy))
          const horizontal = path.map((link) => Math.abs(link.to - link.from) === 1 && columns > 1)
          assert.strictEqual(horizontal.lastIndexOf(true) + 1, Math.abs(dx))
        }
      }
    })
)

/** Dead dies and links: what is left, how it is routed, and what is refused. */
import { assert, it } from "@effect/vitest"
import { fabricOf, load, type Machine } from "@moira/hardware"
import { dependencyCycle } from "@moira/hardware/testing"
import { dojo, tsmcSow } from "../src/machines.ts"
import { wafer } from "../src/backend.ts"
import { type WaferSpec } from "../src/spec.ts"
import { Effect } from "effect"

const build = (parts: Partial<WaferSpec>, from: WaferSpec = dojo): Machine =>
  Effect.runSync(wafer.build({ ...from, ...parts }))
const names = (machine: Machine) => machine.nodes.map(({ name }) => name)
const way = (machine: Machine, from: string, to: string) => {
  const [a, b] = [from, to].map((name) => machine.nodes.findIndex((node) => node.name === name))
  return machine.route(a!, b!).map((id) => machine.nodes[machine.links[id]!.to]!.name)
}

it("a dead die is no unit, keeps nobody's place, and takes its links with it", () => {
  const [whole, broken] = [build({}), build({ deadDies: [[2, 2]] })]
  assert.strictEqual(fabricOf(broken).units, 24)
  assert.deepStrictEqual(
    names(broken),
    names(whole).filter((name) => name !== "die[2][2]")
  )
  assert.strictEqual(broken.links.length, whole.links.length - 8)
  for (const { name, at } of broken.nodes) assert.strictEqual(name, `die[${at![0]}][${at![1]}]`)
  // XY would go through the middle; a detour takes two links more.
  assert.strictEqual(way(whole, "die[1][2]", "die[3][2]").length, 2)
  assert.strictEqual(way(broken, "die[1][2]", "die[3][2]").length, 4)
  assert.notInclude(way(broken, "die[0][2]", "die[4][2]"), "die[2][2]")
  // One that turned there goes round the other corner, as short as before.
  assert.strictEqual(way(broken, "die[1][2]", "die[2][4]").length, way(whole, "die[1][2]", "die[2][4]").length)
})

it("detours of a row go round a dead die on both sides", () => {
  const broken = build({ deadDies: [[2, 2]] })
  const seen = new Set<string>()
  for (const from of [0, 1])
    for (const to of [3, 4]) for (const die of way(broken, `die[${from}][2]`, `die[${to}][2]`)) seen.add(die)
  assert.isTrue(
    ["die[2][1]", "die[2][3]"].every((die) => seen.has(die)),
    [...seen].join()
  )
})

it("a dead link is dead in both directions; naming it twice or either way round is the same", () => {
  const link = [
    [0, 0],
    [1, 0]
  ] as const
  const broken = build({ deadLinks: [link] })
  assert.strictEqual(broken.links.length, 78)
  assert.strictEqual(way(broken, "die[0][0]", "die[1][0]").length, 3)
  assert.strictEqual(way(broken, "die[1][0]", "die[0][0]").length, 3)
  for (const deadLinks of [[[link[1], link[0]]], [link, link]] as ReadonlyArray<WaferSpec["deadLinks"]>)
    assert.deepStrictEqual(build({ deadLinks: deadLinks! }).links, broken.links)
})

it("without faults nothing changes, and a fault leaves the routes alone that do not cross it", () => {
  assert.deepStrictEqual(build({ deadDies: [], deadLinks: [] }).links, build({}).links)
  assert.isUndefined(dependencyCycle(build({})))
  // Why the backend does not claim freedom of deadlock: a detour closes a circle of turns.
  assert.isDefined(dependencyCycle(build({ deadDies: [[2, 2]] })))
})

it("works on a torus, on a mesh that is not square, and for every routing", () => {
  const parts: ReadonlyArray<Partial<WaferSpec>> = [
    { topology: "torus", deadDies: [[0, 0]] },
    { routing: "yx", deadDies: [[1, 1]] },
    { routing: "o1turn", deadDies: [[1, 1]] }
  ]
  for (const part of parts) assert.strictEqual(fabricOf(build(part)).units, 24)
  const broken = build({ deadDies: [[1, 4]] }, tsmcSow)
  assert.strictEqual(fabricOf(broken).units, 23)
  assert.strictEqual(way(broken, "die[1][3]", "die[1][5]").length, 4)
})

const refused: ReadonlyArray<readonly [what: string, parts: object, says: RegExp]> = [
  [
    "a die cut off by links",
    {
      deadLinks: [
        [
          [0, 0],
          [1, 0]
        ],
        [
          [0, 1],
          [0, 0]
        ]
      ]
    },
    /^wafer spec, deadLinks: cut off from the other 24 dies: die\[0\]\[0\]; hint:/
  ],
  [
    "two dies cut off by dead ones",
    {
      deadDies: [
        [2, 0],
        [1, 1],
        [0, 1]
      ]
    },
    /deadDies: cut off from the other 20 dies: die\[0\]\[0\], die\[1\]\[0\];/
  ],
  [
    "one cut off by both",
    {
      deadDies: [[1, 0]],
      deadLinks: [
        [
          [0, 0],
          [0, 1]
        ]
      ]
    },
    /deadDies and deadLinks: cut off from the other 23 dies: die\[0\]\[0\];/
  ],
  [
    "a wafer in two halves",
    {
      deadDies: [
        [2, 0],
        [2, 1],
        [2, 2],
        [2, 3],
        [2, 4]
      ]
    },
    /cut off from the other 10 dies: die\[3\]\[0\], .* and 2 more;/
  ],
  ["a die outside", { deadDies: [[5, 0]] }, /deadDies: die\[5\]\[0\] does not exist; hint: .*5 x 5/],
  [
    "a link outside",
    {
      deadLinks: [
        [
          [4, 4],
          [4, 5]
        ]
      ]
    },
    /deadLinks: die\[4\]\[5\] does not exist/
  ],
  [
    "a link between dies apart",
    {
      deadLinks: [
        [
          [0, 0],
          [2, 0]
        ]
      ]
    },
    /deadLinks: no link joins die\[0\]\[0\] and die\[2\]\[0\]/
  ],
  [
    "a torus link on a mesh",
    {
      deadLinks: [
        [
          [0, 0],
          [4, 0]
        ]
      ]
    },
    /deadLinks: no link joins/
  ],
  ["no die left", { columns: 1, rows: 1, deadDies: [[0, 0]] }, /deadDies: no die is left/],
  ["half a die", { deadDies: [[0.5, 0]] }, /deadDies/],
  ["a die before the first", { deadDies: [[-1, 0]] }, /deadDies/],
  ["a number for dies", { deadDies: 3 }, /deadDies/],
  ["links of no bandwidth", { linkBytesPerSec: 0 }, /linkBytesPerSec/],
  ["memory of no bandwidth", { hbmBytesPerSec: 0 }, /hbmBytesPerSec/],
  ["an unknown routing", { routing: "west-first" }, /routing/],
  ["an unknown topology", { topology: "hypercube" }, /topology/],
  ["a field that does not exist", { deadDice: [[0, 0]] }, /deadDice/]
]
for (const [what, parts, says] of refused) {
  it.effect(`refuses ${what}, naming the field`, () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(load(wafer, { ...dojo, ...parts }))
      assert.strictEqual(error._tag, "InvalidSpec")
      assert.match(error.message, says)
    })
  )
}

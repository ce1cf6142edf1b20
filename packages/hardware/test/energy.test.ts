import { assert, it } from "@effect/vitest"
import { EnergyCosts, energyOf, totalJoules, uncountedEnergy } from "../src/energy.ts"
import { random } from "@moira/core"
import { Exit, Schema } from "effect"

const price = (picojoules: number) => ({ picojoules, source: "made up" })
const costs: EnergyCosts = { memoryBit: price(4), linkBit: price(0.5), flop: price(0.25) }

it("bits and FLOP times their prices: counted by hand", () => {
  const energy = energyOf(costs, { memoryBytes: 1e12, linkBytes: 2e12, flop: 8e12 })
  assert.deepStrictEqual(energy, { memoryJ: 32, linkJ: 8, computeJ: 2 })
  assert.strictEqual(totalJoules(energy), 42)
})

it("energy of two runs together is the sum of both, and nothing where nothing moves", () => {
  const { uniform } = random(3)
  const amount = () => Math.floor(uniform() * 1e15)
  for (let i = 0; i < 50; i++) {
    const [a, b] = [0, 1].map(() => ({ memoryBytes: amount(), linkBytes: amount(), flop: amount() }))
    const both = {
      memoryBytes: a!.memoryBytes + b!.memoryBytes,
      linkBytes: a!.linkBytes + b!.linkBytes,
      flop: a!.flop + b!.flop
    }
    const [whole, parts] = [
      totalJoules(energyOf(costs, both))!,
      [a!, b!].map((use) => totalJoules(energyOf(costs, use))!)
    ]
    assert.approximately(whole, parts[0]! + parts[1]!, 1e-12 * whole)
  }
  assert.strictEqual(totalJoules(energyOf(costs, { memoryBytes: 0, linkBytes: 0, flop: 0 })), 0)
})

it("a part without a price is left out, and said to be", () => {
  const use = { memoryBytes: 1e12, linkBytes: 1e12, flop: 1e12 }
  const { linkBit } = costs
  assert.deepStrictEqual(energyOf({ linkBit: linkBit! }, use), { linkJ: 4 })
  assert.isUndefined(totalJoules(energyOf({}, use)))
  assert.strictEqual(
    uncountedEnergy({ linkBit: linkBit! }),
    "energy counts links, not memory and arithmetic: the machine gives no price"
  )
  assert.isUndefined(uncountedEnergy(costs))
  assert.isUndefined(uncountedEnergy({}), "a machine that prices nothing claims nothing")
  assert.isUndefined(uncountedEnergy(undefined))
})

it("a price must be above zero and name its source", () => {
  const refused = (input: unknown) => Exit.isFailure(Schema.decodeUnknownExit(EnergyCosts)(input))
  assert.isFalse(refused(costs))
  for (const bad of [price(0), price(-1), price(Infinity), { picojoules: 1 }, { picojoules: 1, source: "" }])
    assert.isTrue(refused({ linkBit: bad }), JSON.stringify(bad))
})

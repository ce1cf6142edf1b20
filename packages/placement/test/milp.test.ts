/** The exact optimizer against all layouts of tiny layers. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { Effect } from "effect"
import { binariesOf, lowerBound, type MilpSetup, milpText } from "../src/optimizers/milp/model.ts"
import { makespanOf, proveLayer } from "../src/optimizers/milp/prove-layer.ts"
import { loadSolver, provenWithin } from "../src/optimizers/milp/solver.ts"

/** The least makespan of all layouts: each expert on any set of units, copies sharing evenly. */
const leastOfAll = ({ loads, rates, slots }: MilpSetup): number => {
  const sets = 2 ** rates.length - 1
  let least = Infinity
  for (let code = 0; code < sets ** loads.length; code++) {
    const used = rates.map(() => 0)
    const work = rates.map(() => 0)
    loads.forEach((load, e) => {
      const set = 1 + (Math.floor(code / sets ** e) % sets)
      const held = rates.map((_, u) => u).filter((u) => (set >> u) & 1)
      for (const u of held) {
        used[u]!++
        work[u]! += load / held.length
      }
    })
    if (used.every((count) => count <= slots)) least = Math.min(least, Math.max(...work.map((w, u) => w / rates[u]!)))
  }
  return least
}

const cases: ReadonlyArray<MilpSetup> = [1, 2, 3, 4].flatMap((seed) => {
  const { below } = random(seed)
  const loads = (count: number) => Array.from({ length: count }, () => 1 + below(100))
  return [
    { loads: loads(5), rates: [1, 1], slots: 3 },
    { loads: loads(5), rates: [1, 1], slots: 4 },
    { loads: loads(4), rates: [1, 1, 1], slots: 2 },
    { loads: loads(4), rates: [1, 2, 1.5], slots: 2 },
    { loads: [...loads(3), 0], rates: [1, 1, 1], slots: 3 },
    // Two units of 6 each: the mean, which nothing can beat.
    { loads: [4, 4, 2, 2], rates: [1, 1], slots: 2 }
  ]
})

it.effect(
  "solves the model to the least of all layouts",
  () =>
    Effect.gen(function* () {
      const solve = yield* loadSolver
      for (const setup of cases) {
        const least = leastOfAll(setup)
        assert.isAtMost(lowerBound(setup), least * (1 + 1e-12), JSON.stringify(setup))
        const solved = solve(milpText(setup, 1e6), 60)
        if (solved.status !== "optimal") throw new Error(`${solved.what}: ${JSON.stringify(setup)}`)
        assert.closeTo(solved.values("T") / least, 1, 2 * provenWithin, JSON.stringify(setup))
      }
    }),
  60_000
)

it.effect(
  "proves layers, dead units left out, and says by what",
  () =>
    Effect.gen(function* () {
      const solve = yield* loadSolver
      const proofs = new Set<string>()
      for (const setup of cases) {
        // Unit 1 of one more is dead.
        const units = setup.rates.length + 1
        const live = Array.from({ length: units }, (_, u) => u).filter((u) => u !== 1)
        const layout = { units, live, slotsPerUnit: setup.slots, experts: setup.loads.length }
        const proven = proveLayer(layout, setup, solve, 60)
        if (proven.proof === "none") throw new Error(`${proven.what}: ${JSON.stringify(setup)}`)
        proofs.add(proven.proof)
        assert.closeTo(proven.makespan / leastOfAll(setup), 1, 2 * provenWithin, JSON.stringify(setup))
        const rates = live.reduce((all, u, i) => all.with(u, setup.rates[i]!), new Float64Array(units).fill(1))
        assert.strictEqual(makespanOf(proven.slots, setup.slots, setup.loads, rates), proven.makespan)
        assert.deepStrictEqual(
          [...proven.slots.subarray(setup.slots, 2 * setup.slots)],
          setup.loads.slice(0, setup.slots).map(() => -1)
        )
      }
      assert.deepStrictEqual([...proofs].toSorted(), ["bound", "solver"])
    }),
  60_000
)

it.effect(
  "gives up in time and says so",
  () =>
    Effect.gen(function* () {
      const solve = yield* loadSolver
      const { uniform } = random(1)
      const setup = {
        loads: Array.from({ length: 12 }, () => 1 / (0.05 + uniform())),
        rates: [1, 1, 1, 1, 1],
        slots: 4
      }
      assert.isAbove(binariesOf(setup), 100)
      const layout = { units: 5, live: [0, 1, 2, 3, 4], slotsPerUnit: 4, experts: 12 }
      assert.deepStrictEqual(proveLayer(layout, setup, solve, 0.05), { proof: "none", what: "Time limit reached" })
    }),
  60_000
)

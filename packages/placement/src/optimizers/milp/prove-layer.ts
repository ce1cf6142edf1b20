/** One layer, solved to proven optimality: by a bound where local search meets it, by HiGHS where it does not. */
import { unitLoads } from "../../loads/unit-loads.ts"
import type { LayoutSetup } from "../../search/layout.ts"
import { optimiseLayer } from "../../search/optimise-layer.ts"
import { lowerBound, type MilpSetup, milpText } from "./model.ts"
import { provenWithin, type Solve } from "./solver.ts"

export interface Proven {
  readonly slots: Int32Array
  /** Load of the most loaded unit over its rate. */
  readonly makespan: number
  /** What proves that no layout is better by more than {@link provenWithin}. */
  readonly proof: "bound" | "solver"
}

/** A layer whose proof did not come in time. */
export interface Unproven {
  readonly proof: "none"
  readonly what: string
}

/** Load of the most loaded unit of a layout over its rate, copies sharing evenly; `rates` of all units. */
export const makespanOf = (
  slots: ArrayLike<number>,
  slotsPerUnit: number,
  loads: ArrayLike<number>,
  rates: ArrayLike<number>
): number =>
  unitLoads(slots, slotsPerUnit, loads).choices.reduce((most, load, u) => Math.max(most, load / rates[u]!), 0)

/**
 * Solves one layer: `loads` by expert, `rates` by unit of `setup.live`. Local search gives the layout to beat, so that the
 * solver has to search only below it.
 */
export const proveLayer = (
  setup: Pick<LayoutSetup, "units" | "live" | "slotsPerUnit" | "experts">,
  milp: MilpSetup,
  solve: Solve,
  seconds: number
): Proven | Unproven => {
  const { units, live, slotsPerUnit } = setup
  const rates = new Float64Array(units).fill(1)
  live.forEach((u, i) => (rates[u] = milp.rates[i]!))
  const found = optimiseLayer({
    ...setup,
    time: (unit, _touched, choices) => choices / rates[unit]!,
    tokens: 1,
    chosen: [milp.loads]
  })
  const makespan = makespanOf(found, slotsPerUnit, milp.loads, rates)
  if (makespan <= lowerBound(milp) * (1 + provenWithin)) return { slots: found, makespan, proof: "bound" }
  const solved = solve(milpText(milp, makespan * (1 - provenWithin)), seconds)
  if (solved.status === "infeasible") return { slots: found, makespan, proof: "solver" }
  if (solved.status !== "optimal") return { proof: "none", what: solved.what }
  const slots = slotsOf(setup, milp, solved.values)
  return { slots, makespan: makespanOf(slots, slotsPerUnit, milp.loads, rates), proof: "solver" }
}

const slotsOf = (
  { units, live, slotsPerUnit }: Pick<LayoutSetup, "units" | "live" | "slotsPerUnit">,
  milp: MilpSetup,
  values: (name: string) => number
): Int32Array => {
  const slots = new Int32Array(units * slotsPerUnit).fill(-1)
  live.forEach((unit, u) => {
    let used = 0
    milp.loads.forEach((_, e) => {
      if (values(`x_${e}_${u}`) > 0.5) slots[unit * slotsPerUnit + used++] = e
    })
  })
  return slots
}

/** The proven optimum of small cases, by HiGHS: what heuristics are measured against. */
import { greatestOf, mean } from "@moira/core/statistics"
import { Effect } from "effect"
import { checkInput, liveUnits, slotsPerUnitOf } from "../../input/check-input.ts"
import { countsOrEven } from "../../input/layer-counts.ts"
import { binariesOf, type MilpSetup } from "./model.ts"
import { proveLayer } from "./prove-layer.ts"
import { loadSolver } from "./solver.ts"
import { PlacementError, type PlacementInput, type PlacementPolicy } from "../../optimizer.ts"
import type { Placement } from "@moira/hardware"
import { placementOf } from "../../search/setup.ts"

/** Seconds that one layer's proof may take. */
const secondsPerLayer = 60

/** Larger models are refused before they start: experts x (units + the most copies of one). */
const maxBinaries = 160

/**
 * The least number of selections on the most loaded unit, by how fast units compute, with copies that share evenly; copies
 * and positions together. Every layer of its answer is proven optimal within 0.01 %: a layer whose proof
 * takes too long is an error, so that no answer depends on how fast the computer is.
 */
const milp: PlacementPolicy = {
  contract: "placement/v1",
  id: "milp",
  title: "Exact (MILP)",
  claims: { distinctCopies: true, avoidsDeadUnits: true },
  place: (input) => Effect.andThen(checkInput(input, { needs: ["counts"] }), prove(input))
}

const prove = Effect.fn("placement.milp")(function* (input: PlacementInput) {
  const { model, fabric, layers } = input
  const live = liveUnits(input)
  const setup = { units: fabric.units, live, slotsPerUnit: slotsPerUnitOf(input), experts: model.experts }
  const cases = layers.map((_, l) => layerCase(input, l))
  const binaries = greatestOf(cases.map(binariesOf))
  if (binaries > maxBinaries)
    return yield* tooLarge(
      input,
      `${binaries} yes-or-no variables a layer are more than the ${maxBinaries} that can be solved`
    )
  const solve = yield* loadSolver
  const proofs = { bound: 0, solver: 0 }
  const rows: Array<Int32Array> = []
  for (const [l, milpCase] of cases.entries()) {
    const proven = yield* Effect.sync(() => proveLayer(setup, milpCase, solve, secondsPerLayer))
    if (proven.proof === "none")
      return yield* tooLarge(input, `layer ${layers[l]}: no proof within ${secondsPerLayer} s (${proven.what})`)
    proofs[proven.proof]++
    rows.push(proven.slots)
  }
  const note = `all ${layers.length} layers are optimal, ${proofs.bound} by a bound and ${proofs.solver} by the solver`
  return { ...placementOf(input, rows), note } satisfies Placement
})

/** Loads and rates relative to their means, so that the solver's tolerances mean the same in every case. */
const layerCase = (input: PlacementInput, l: number): MilpSetup => {
  const { fabric } = input
  const counts = Array.from(countsOrEven(input.counts![l]!))
  const flops = liveUnits(input).map((u) => fabric.flopsPerSec[u]!)
  return { loads: overMean(counts), rates: overMean(flops), slots: slotsPerUnitOf(input) }
}

const overMean = (values: ReadonlyArray<number>): ReadonlyArray<number> => {
  const average = mean(values)
  return values.map((value) => value / average)
}

const tooLarge = ({ model, fabric, spareSlots }: PlacementInput, what: string): PlacementError =>
  new PlacementError({
    reason: "Unsuitable",
    where: `milp, ${model.experts} experts on ${fabric.units} units with ${spareSlots} spare slots`,
    what,
    hint: "use moira or best, which come close, or a smaller case"
  })

export default milp

/** One layer under several layouts: chosen on some samples, judged on others. */
import { sum } from "@moira/core/statistics"
import { isDegenerate } from "@moira/trace"
import { addUnitLoads, contiguousLayout, greatestLoad, greedyLayout, type Layout } from "./layout.ts"
import { hotOverMean } from "./thresholds.ts"

/** Loads of the most loaded unit, contiguous first, then for each number of slots. */
export type Loads = Float64Array

export interface MeasuredLayer {
  readonly layer: number
  readonly degenerate: boolean
  /** Load of a unit in perfect balance, where judged. */
  readonly mean: number
  readonly heldOut: Loads
  readonly inSample: Loads
  /** Chosen on the first half of the samples and judged on the second, both in order; with its own contiguous loads. */
  readonly ordered: Loads | undefined
  /** `draws[d * layouts + i]`: held-out loads of resampled judges. */
  readonly draws: Float64Array
  readonly hot: number
  readonly stillHot: number
}

/** Unit loads of a judge as resampled in draw `d`, added into `into`. */
export type Resample = (layouts: ReadonlyArray<Layout>, draws: number) => Float64Array

const layoutsFor = (load: ArrayLike<number>, units: number, slots: ReadonlyArray<number>): ReadonlyArray<Layout> => [
  contiguousLayout(load.length, units),
  ...slots.map((n) => greedyLayout(load, units, n))
]

/** The most loaded unit under each layout. */
export const greatestOf = (layouts: ReadonlyArray<Layout>, counts: ArrayLike<number>): Loads =>
  Float64Array.from(layouts, (layout) => greatestLoad(layout, counts))

const hotExperts = (counts: ArrayLike<number>): ReadonlyArray<number> => {
  const bar = (hotOverMean * sum(counts)) / counts.length
  return Array.from({ length: counts.length }, (_, e) => e).filter((e) => counts[e]! >= bar)
}

export interface Sides {
  readonly layer: number
  readonly choose: ArrayLike<number>
  readonly judge: ArrayLike<number>
  /** The halves in order, where samples have one. */
  readonly halves: readonly [ArrayLike<number>, ArrayLike<number>] | undefined
}

/** Measures one layer; undefined where one side has no selections. */
export const measureLayer = (
  { layer, choose, judge, halves }: Sides,
  { units, slots }: { readonly units: number; readonly slots: ReadonlyArray<number> },
  resample: Resample | undefined,
  draws: number
): MeasuredLayer | undefined => {
  if (!(sum(choose) > 0 && sum(judge) > 0)) return undefined
  const layouts = layoutsFor(choose, units, slots)
  const all = Float64Array.from({ length: choose.length }, (_, e) => choose[e]! + judge[e]!)
  const hot = hotExperts(choose)
  const judged = new Set(hotExperts(judge))
  const inOrder = halves !== undefined && sum(halves[0]) > 0 && sum(halves[1]) > 0 ? halves : undefined
  return {
    layer,
    degenerate: isDegenerate(all),
    mean: sum(judge) / units,
    heldOut: greatestOf(layouts, judge),
    inSample: greatestOf(layoutsFor(judge, units, slots), judge),
    ordered: inOrder && greatestOf(layoutsFor(inOrder[0], units, slots), inOrder[1]),
    draws: resample?.(layouts, draws) ?? new Float64Array(0),
    hot: hot.length,
    stillHot: hot.filter((e) => judged.has(e)).length
  }
}

/**
 * The most loaded unit of drawn bundles of samples: `counts[bundle * experts + e]`, `drawn[d * bundles + i]` the i-th
 * bundle of draw d. A hot loop over draws x bundles x units.
 */
export const drawBundles =
  (counts: Float64Array, bundles: number, drawn: ArrayLike<number>): Resample =>
  (layouts, draws) => {
    const experts = counts.length / bundles
    const out = new Float64Array(draws * layouts.length)
    for (const [i, layout] of layouts.entries()) {
      const { units } = layout
      const loads = new Float64Array(bundles * units)
      for (let b = 0; b < bundles; b++) addUnitLoads(layout, counts, b * experts, loads, b * units)
      const sums = new Float64Array(units)
      for (let d = 0; d < draws; d++) {
        sums.fill(0)
        for (let n = 0; n < bundles; n++) {
          const at = drawn[d * bundles + n]! * units
          for (let u = 0; u < units; u++) sums[u]! += loads[at + u]!
        }
        let most = 0
        for (let u = 0; u < units; u++) most = Math.max(most, sums[u]!)
        out[d * layouts.length + i] = most
      }
    }
    return out
  }

/** Layouts that are compared: the present one and those that optimizers make, and the tokens that each moves. */
import { type Fabric, type Placement } from "@moira/hardware"
import contiguous from "@moira/placement/optimizers/contiguous"
import {
  countedTraffic,
  type LayerTraffic,
  placeChecked,
  type PlacementInput,
  type PlacementPolicy
} from "@moira/placement"
import { given, Progress } from "@moira/core"
import { Effect } from "effect"
import type { NamedMachine } from "../machine/find.ts"
import { placeOver } from "./place-over.ts"
import { baseName, type PlaceOptions } from "./options.ts"
import type { PlaceTraffic } from "./traffic.ts"

export interface Layout {
  readonly optimizer: string
  readonly title: string
  readonly placement: Placement
}

/** Places; an optimizer that asks for more than counts gets pair statistics where the input has them. */
export const placeBy = Effect.fnUntraced(function* (
  policy: PlacementPolicy,
  input: PlacementInput,
  traffic: PlaceTraffic,
  named?: NamedMachine
) {
  const place = placeOver(policy, named)
  const first = placeChecked(policy, input, place)
  if (traffic.pairs === undefined) return yield* first
  return yield* first.pipe(
    Effect.catch((error) =>
      error.reason === "NeedsCounts" && input.coActivation === undefined
        ? Effect.flatMap(traffic.pairs!, (pairs) => placeChecked(policy, { ...input, ...pairs }, place))
        : Effect.fail(error)
    )
  )
})

/** The layout that is there now, as far as units live. */
const presentLayout = Effect.fnUntraced(function* ({ present, deadUnits }: PlaceOptions, input: PlacementInput) {
  if (present === undefined || deadUnits.length > 0) {
    const placement = yield* contiguous.place({ ...input, spareSlots: deadUnits.length > 0 ? input.spareSlots : 0 })
    return { optimizer: "present", title: "Contiguous, as engines start", placement } satisfies Layout
  }
  return {
    optimizer: "present",
    title: `Present: ${baseName(present)}`,
    placement: input.present!
  } satisfies Layout
})

/** The present layout first, then one of each optimizer, in order. */
export const makeLayouts = Effect.fn("pipeline.makeLayouts")(function* (
  options: PlaceOptions,
  optimizers: ReadonlyArray<PlacementPolicy>,
  input: PlacementInput,
  traffic: PlaceTraffic,
  named: NamedMachine
) {
  const report = yield* Progress
  const layouts: Array<Layout> = [yield* presentLayout(options, input)]
  for (const [i, policy] of optimizers.entries()) {
    report({ stage: "place", done: i, total: optimizers.length, unit: "optimizers" })
    const placement = { ...(yield* placeBy(policy, input, traffic, named)), ...given({ placedBy: traffic.placedBy }) }
    layouts.push({ optimizer: policy.id, title: policy.title, placement })
    yield* Effect.yieldNow
  }
  return layouts
})

/** Traffic of real tokens by layout, then layer; undefined where only counts are known. */
export const countTokens = Effect.fnUntraced(function* (
  traffic: PlaceTraffic,
  fabric: Fabric,
  layouts: ReadonlyArray<Layout>,
  batchTokens: number,
  live: ReadonlyArray<number>
) {
  const { tokens, layers, model } = traffic
  if (tokens === undefined) return undefined
  const report = yield* Progress
  const counted: ReadonlyArray<Array<LayerTraffic>> = layouts.map(() => [])
  for (const l of layers.keys()) {
    const selections = yield* tokens(l)
    layouts.forEach(({ placement }, i) => {
      const slots = placement.physicalToLogical[l]!
      counted[i]!.push(countedTraffic(fabric, slots, model.experts, selections, batchTokens, live))
    })
    report({ stage: "count traffic", done: l + 1, total: layers.length, unit: "layers" })
    yield* Effect.yieldNow
  }
  return counted
})

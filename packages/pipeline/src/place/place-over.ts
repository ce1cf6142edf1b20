/** Placing over the runner that is provided, by optimizers that place each layer by itself. */
import { moduleOf, runAll, Runner } from "@moira/core"
import { type PlacementInput, type PlacementPolicy } from "@moira/placement"
import { layerRanges } from "@moira/trace"
import { Effect, Option } from "effect"
import type { NamedMachine } from "../machine/find.ts"
import layersTask, { type LayersShared } from "./layers-task.ts"

/** Slots of all layers, below which threads take longer to start than to place: about a second of them. */
const inlineBelow = 20_000

/** Layers to a span: few, so that no thread is left with many at the end. */
const spanLayers = 2

/** A slot takes about so many times as long where groups of the traffic are told apart. */
const groupsFactor = 4

/** Slots of all layers that are filled, spare ones too, and each as often as it takes the time of one. */
const slotsOf = ({ model, fabric, layers, spareSlots, groups }: PlacementInput): number =>
  layers.length *
  fabric.units *
  (Math.ceil(model.experts / fabric.units) + spareSlots) *
  (groups === undefined ? 1 : groupsFactor)

/**
 * `place` of a policy, over the runner where one is provided and that is worth it; the same for any runner. Optimizers that were given
 * as a value, or that look at layers together, place in this thread.
 */
export const placeOver =
  (policy: PlacementPolicy, named: NamedMachine | undefined, least = inlineBelow): PlacementPolicy["place"] =>
  (input) =>
    Effect.gen(function* () {
      const runner = Option.getOrUndefined(yield* Effect.serviceOption(Runner))
      const { layerwise } = policy
      const optimizer = moduleOf(policy)
      const many = runner !== undefined && runner.workers > 1 && slotsOf(input) >= least
      if (!many || layerwise === undefined || optimizer === undefined || named === undefined)
        return yield* policy.place(input)
      yield* layerwise.check(input)
      const { fabric: _, ...plain } = input
      const shared: LayersShared = { optimizer, named, input: plain }
      const task = { ...layersTask, prepare: () => Effect.succeed(shared) }
      const spans = layerRanges(input.layers.length, spanLayers)
      // Rows fail only by throwing, here as in this thread.
      const rows = yield* runAll(task, spans, (outcome) => Effect.fromResult(outcome)).pipe(
        Effect.provideService(Runner, runner),
        Effect.orDie
      )
      return yield* layerwise.join(input, rows.flat())
    })

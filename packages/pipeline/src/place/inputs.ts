/** What optimizers and scores work on: the machine, the plug-ins that were named, and the traffic as an optimizer sees it. */
import { exporterKind, optimizerKind, type PlacementInput } from "@moira/placement"
import { expertParameters, given, loadPlugin } from "@moira/core"
import { Effect } from "effect"
import { sizedMachine } from "../machine/sized.ts"
import { readPlacement } from "./files.ts"
import { type PlaceOptions, spareSlots } from "./options.ts"
import { PlaceError, type PlaceTraffic } from "./traffic.ts"

/** The present layout; it must have every layer that is placed. */
const presentOf = Effect.fnUntraced(function* ({ present }: PlaceOptions, traffic: PlaceTraffic, units: number) {
  if (present === undefined) return {}
  const { model, layers } = traffic
  const placement = yield* readPlacement(present, model, units)
  if (placement.layers.join() === layers.join()) return { present: placement }
  return yield* new PlaceError({
    reason: "MissingLayer",
    where: present.name,
    what: `places ${placement.layers.length} layers, ${model.title} has ${layers.length}`,
    hint: "give a placement of every MoE layer"
  })
})

/** What layouts are made from, with nothing left to a default. */
export type KnownInput = PlacementInput & Required<Pick<PlacementInput, "batchTokens" | "deadUnits" | "seed">>

/** Everything by value, with all names resolved, so that a wrong name fails before anything is placed. */
export const placeInputs = Effect.fn("pipeline.placeInputs")(function* (options: PlaceOptions, traffic: PlaceTraffic) {
  const { model, layers, train, heldOut, workloads } = traffic
  const { batchTokens, deadUnits, migrationSlots, seed } = options
  const optimizers = yield* Effect.forEach(options.optimizers, (name) => loadPlugin(optimizerKind, name))
  const exporters =
    options.exporters && (yield* Effect.forEach(options.exporters, (name) => loadPlugin(exporterKind, name)))
  const { named, hardware, fabric } = yield* sizedMachine(options)
  const spare = spareSlots(options, model.experts, fabric.units)
  if (spare instanceof PlaceError) return yield* spare
  const input: KnownInput = {
    model,
    layers,
    fabric,
    expertBytes: expertParameters(model) * model.servingBytesPerWeight,
    spareSlots: spare,
    counts: train.counts,
    workloads,
    judgedOn: (heldOut ?? train).counts,
    batchTokens,
    deadUnits,
    seed,
    ...given({ groups: train.groups }),
    ...(yield* presentOf(options, traffic, fabric.units)),
    ...(migrationSlots === undefined ? {} : { migrationSlots })
  }
  return { input, named, hardware, fabric, optimizers: optimizers.map(({ plugin }) => plugin), exporters }
})

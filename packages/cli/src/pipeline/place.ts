/** Places the experts of a model by traffic, judges every layout on traffic that did not place it, and writes files. */
import type { Fabric } from "@moira/hardware"
import {
  balanceFormulas,
  contiguous,
  copiesSharingUnit,
  countedTraffic,
  crossServerBytes,
  emptySlots,
  exporterKind,
  type LayerTraffic,
  linkBytes,
  liveUnits,
  makeScore,
  migration,
  optimizerKind,
  type Placement,
  type PlacementInput,
  type PlacementPolicy,
  type PlacementScore,
  scoreIntervals
} from "@moira/placement"
import { summariseMachine } from "@moira/simulator"
import {
  expertParameters,
  loadPlugin,
  type PlaceDocument,
  type PlaceLayout,
  type PlaceScore,
  Progress,
  version
} from "@moira/trace"
import { Effect } from "effect"
import * as path from "node:path"
import { readPlacement, writePlacement } from "./place-files.ts"
import { type MachineRequest, placeMachine } from "./place-machine.ts"
import { PlaceError, type PlaceTraffic, zeroLayers } from "./place-traffic.ts"
import { sparePays } from "./spare-slots.ts"

export interface PlaceRequest extends MachineRequest {
  readonly optimizers: ReadonlyArray<string>
  readonly exporters: ReadonlyArray<string>
  /** Slots a unit beyond the even share, or redundant experts in all. */
  readonly spare: { readonly slots: number } | { readonly redundant: number }
  readonly batchTokens: number
  /** A file with what lies where now; contiguous when left out. */
  readonly present?: string
  readonly migrationSlots?: number
  readonly deadUnits: ReadonlyArray<number>
  readonly seed: number
  /** Directory for files; nothing is written when left out. */
  readonly out?: string
}

const spareSlots = ({ spare }: PlaceRequest, experts: number, units: number): number | PlaceError => {
  if ("slots" in spare) return spare.slots
  const slots = experts + spare.redundant
  if (slots % units !== 0)
    return new PlaceError({
      reason: "BadOption",
      where: `--redundant ${spare.redundant}`,
      what: `${experts} experts and ${spare.redundant} copies are ${slots} slots, which do not divide by ${units} units`,
      hint: `for example --redundant ${Math.ceil(slots / units) * units - experts}`
    })
  return slots / units - Math.ceil(experts / units)
}

/** Places; an optimizer that asks for more than counts gets pair statistics where the input has them. */
const place = Effect.fnUntraced(function* (policy: PlacementPolicy, input: PlacementInput, traffic: PlaceTraffic) {
  const first = policy.place(input)
  if (traffic.pairs === undefined) return yield* first
  return yield* first.pipe(
    Effect.catch((error) =>
      error.reason === "NeedsCounts" && input.coActivation === undefined
        ? Effect.flatMap(traffic.pairs!, (pairs) => policy.place({ ...input, ...pairs }))
        : Effect.fail(error)
    )
  )
})

interface Layout {
  readonly optimizer: string
  readonly title: string
  readonly placement: Placement
}

/** Traffic of real tokens by layer, for each layout; undefined where only counts are known. */
const countTokens = Effect.fnUntraced(function* (
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

const scoreOf = ({ balances, times }: PlacementScore, present: PlacementScore): PlaceScore => ({
  balances,
  dispatchPs: times.dispatchPs,
  expertsPs: times.expertsPs,
  combinePs: times.combinePs,
  layerTimePs: times.totalPs,
  speedup: times.totalPs > 0 ? present.times.totalPs / times.totalPs : 1
})

/** The layout that is there now, as far as units live. */
const presentLayout = Effect.fnUntraced(function* (request: PlaceRequest, input: PlacementInput) {
  const { present, deadUnits } = request
  if (present === undefined || deadUnits.length > 0) {
    const placement = yield* contiguous.place({ ...input, spareSlots: deadUnits.length > 0 ? input.spareSlots : 0 })
    return { optimizer: "present", title: "Contiguous, as engines start", placement } satisfies Layout
  }
  return {
    optimizer: "present",
    title: `Present: ${path.basename(present)}`,
    placement: input.present!
  } satisfies Layout
})

export const placeAll = Effect.fn("cli.placeAll")(function* (request: PlaceRequest, traffic: PlaceTraffic) {
  const { model, layers, fitted, judged } = traffic
  const { batchTokens, deadUnits, migrationSlots, seed, out } = request
  const optimizers = yield* Effect.forEach(request.optimizers, (name) => loadPlugin(optimizerKind, name))
  const exporters = yield* Effect.forEach(request.exporters, (name) => loadPlugin(exporterKind, name))
  if (exporters.length > 0 && out === undefined)
    return yield* new PlaceError({
      reason: "BadOption",
      where: `--export ${request.exporters.join(",")}`,
      what: "nowhere to write files",
      hint: "name a directory with --out"
    })
  const { hardware, fabric } = yield* placeMachine(request)
  const expertBytes = expertParameters(model) * model.servingBytesPerWeight
  const spare = spareSlots(request, model.experts, fabric.units)
  if (spare instanceof PlaceError) return yield* spare
  const present = request.present === undefined ? undefined : yield* readPlacement(request.present, model, fabric.units)
  if (present !== undefined && present.layers.join() !== layers.join())
    return yield* new PlaceError({
      reason: "MissingLayer",
      where: request.present!,
      what: `places ${present.layers.length} layers, ${model.title} has ${layers.length}`,
      hint: "give a placement of every MoE layer"
    })
  const input: PlacementInput = {
    model,
    layers,
    fabric,
    expertBytes,
    spareSlots: spare,
    counts: fitted.counts,
    workloads: traffic.workloads,
    judgedOn: (judged ?? fitted).counts,
    batchTokens,
    deadUnits,
    seed,
    ...(present === undefined ? {} : { present }),
    ...(migrationSlots === undefined ? {} : { migrationSlots })
  }
  const report = yield* Progress
  const layouts: Array<Layout> = [yield* presentLayout(request, input)]
  for (const [i, { plugin }] of optimizers.entries()) {
    report({ stage: "place", done: i, total: optimizers.length, unit: "optimizers" })
    layouts.push({ optimizer: plugin.id, title: plugin.title, placement: yield* place(plugin, input, traffic) })
    yield* Effect.yieldNow
  }
  const live = liveUnits(input)
  const counted = yield* countTokens(traffic, fabric, layouts, batchTokens, live)
  const score = makeScore({ fabric, model, expertBytes, batchTokens, deadUnits })
  const scores = (counts: ReadonlyArray<Float64Array>, tokens: typeof counted) =>
    layouts.map(({ placement }, i) =>
      score(placement, counts, tokens === undefined ? undefined : (l) => tokens[i]![l]!)
    )
  const inSample = scores(fitted.counts, judged === undefined ? counted : undefined)
  const heldOut = judged === undefined ? undefined : scores(judged.counts, counted)
  const intervals =
    judged?.groups === undefined
      ? undefined
      : scoreIntervals(
          score,
          layouts.map(({ placement }) => placement),
          judged.groups,
          seed,
          layouts.map((_, i) => (counted === undefined ? undefined : (l) => counted[i]![l]!))
        )
  const results: Array<PlaceLayout> = []
  const lean = yield* sparePays(
    input,
    optimizers.map(({ plugin }, i) => ({ policy: plugin, placement: layouts[i + 1]!.placement })),
    (placement) => score(placement, (judged ?? fitted).counts),
    (policy, leaner) => place(policy, leaner, traffic)
  )
  const warnings = [...traffic.warnings, ...(judged === undefined ? [] : zeroLayers(layers, judged)), ...lean]
  for (const [i, { optimizer, title, placement }] of layouts.entries()) {
    const lead = (heldOut ?? inSample)[i]!
    const files =
      out === undefined
        ? undefined
        : yield* writePlacement(
            path.join(out, optimizer),
            { placement, counts: fitted.counts, traffic: lead.traffic },
            model,
            optimizer === "present" ? [] : exporters
          )
    if (files !== undefined && files.filled > 0 && optimizer !== "present" && exporters.length > 0)
      warnings.push(`${optimizer}: ${files.filled} empty slots are filled with copies in the exported files`)
    const { units } = placement
    results.push({
      optimizer,
      title,
      slotsPerUnit: placement.slotsPerUnit,
      inSample: scoreOf(inSample[i]!, inSample[0]!),
      heldOut: heldOut === undefined ? null : scoreOf(heldOut[i]!, heldOut[0]!),
      balanceInterval: intervals?.[i]?.balance ?? null,
      speedupInterval: intervals?.[i]?.speedup ?? null,
      migration: migration(layouts[0]!.placement, placement, expertBytes),
      copiesSharingUnit: copiesSharingUnit(placement),
      emptySlots: emptySlots(placement),
      unitLoad: [...lead.unitLoad],
      layerBalance: lead.layerBalance,
      traffic: Array.from({ length: units }, (_, a) =>
        Array.from(lead.traffic.subarray(a * units, (a + 1) * units), Math.round)
      ),
      linkBytes: Array.from(linkBytes(fabric, lead.traffic), Math.round),
      crossServerBytes: Math.round(crossServerBytes(fabric, lead.traffic)),
      physicalToLogical: placement.physicalToLogical.map((slots) => [...slots]),
      files: (files?.written ?? []).map(({ exporter, file, loads }) => ({
        exporter,
        file: path.relative(out!, file),
        loads
      }))
    })
  }
  const document: PlaceDocument = {
    schema: "moira-place/1",
    moira: version,
    input: traffic.input,
    seed,
    place: {
      machine: summariseMachine(hardware, fabric),
      units: fabric.units,
      serverOf: [...fabric.serverOf],
      spareSlots: spare,
      experts: model.experts,
      layers,
      expertBytes,
      batchTokens,
      deadUnits,
      migrationSlots: migrationSlots ?? null,
      fittedOn: fitted.on,
      judgedOn: judged?.on ?? null,
      trafficFrom: counted === undefined ? "independence" : "tokens",
      formulas: balanceFormulas,
      layouts: results,
      warnings,
      notMeasured: [
        ...(judged === undefined
          ? [{ what: "held-out score", why: "nothing but the counts that placed: give others with --score" }]
          : []),
        ...(judged !== undefined && intervals === undefined
          ? [{ what: "intervals", why: "fewer than eight requests or recorded steps to draw from" }]
          : []),
        ...(hardware.machine.exchange === undefined
          ? [
              {
                what: "dispatch and combine time",
                why: "the machine has no exchange of its own; experts alone are timed"
              }
            ]
          : [])
      ]
    }
  }
  return document
})

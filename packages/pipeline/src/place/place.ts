/** Places the experts of a model by traffic, judges every layout on traffic that did not place it, and writes files. */
import {
  balanceFormulas,
  exporterKind,
  liveUnits,
  makeScore,
  optimizerKind,
  type PlacementInput,
  scoreIntervals
} from "@moira/placement"
import { summariseMachine } from "@moira/hardware"
import { expertParameters, Progress, version } from "@moira/core"
import { loadPlugin } from "@moira/core/node"
import { type PlaceDocument, type PlaceLayout } from "@moira/results"
import { Effect } from "effect"
import * as path from "node:path"
import { readPlacement, writePlacement } from "./files.ts"
import { countTokens, type Layout, place, presentLayout } from "./layouts.ts"
import { placeMachine } from "../machine/sized.ts"
import { type PlaceRequest, spareSlots } from "./options.ts"
import { layoutResult, notMeasured } from "./result.ts"
import { PlaceError, type PlaceTraffic, zeroLayers } from "./traffic.ts"
import { sparePays } from "./spare-slots.ts"

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
  const yardstick = {
    fabric,
    expertBytes,
    placement: layouts[0]!.placement,
    inSample: inSample[0]!,
    ...(heldOut === undefined ? {} : { heldOut: heldOut[0]! })
  }
  for (const [i, layout] of layouts.entries()) {
    const { optimizer, placement } = layout
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
    const judgedLayout = {
      layout,
      inSample: inSample[i]!,
      ...(heldOut === undefined ? {} : { heldOut: heldOut[i]! }),
      balanceInterval: intervals?.[i]?.balance ?? null,
      speedupInterval: intervals?.[i]?.speedup ?? null,
      files: (files?.written ?? []).map((file) => ({ ...file, file: path.relative(out!, file.file) }))
    }
    results.push(layoutResult(judgedLayout, yardstick))
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
      notMeasured: notMeasured({
        judge: judged !== undefined,
        intervals: intervals !== undefined,
        exchange: hardware.machine.exchange !== undefined
      })
    }
  }
  return document
})

/** Places the experts of a model by traffic and judges every layout on traffic that did not place it. */
import { balanceFormulas, liveUnits, exporterKind, optimizerKind } from "@moira/placement"
import { summariseMachine } from "@moira/hardware"
import { formatCount, listReferences, referenceOf, version } from "@moira/core"
import { type Made, type PlaceDocument } from "@moira/results"
import { Effect } from "effect"
import { placementFiles } from "./files.ts"
import { placeInputs } from "./inputs.ts"
import { judge, type Verdicts } from "./judge.ts"
import { countTokens, makeLayouts, placeBy } from "./layouts.ts"
import type { PlaceOptions } from "./options.ts"
import { layoutResults, notMeasured } from "./result.ts"
import { sparePays } from "./spare-slots.ts"
import { fittingSteps, usualSteps } from "./step-times.ts"
import { judgeWarnings, type PlaceTraffic, zeroLayers } from "./traffic.ts"

/** What the simulated steps have to say of themselves, such as requests that fill a batch several times. */
const stepWarnings = ({ inSample, heldOut }: Verdicts): ReadonlyArray<string> => (heldOut ?? inSample)[0]!.run.warnings

/** Said where large machines are judged on fewer steps than others. */
const fewerSteps = (options: PlaceOptions, steps: number, units: number): ReadonlyArray<string> =>
  options.steps !== undefined || steps >= usualSteps
    ? []
    : [
        `${formatCount(units)} units are judged on at most ${steps} decode steps, not ${usualSteps}, each of which takes long: --steps says how many`
      ]

/**
 * Gives the result document, and the files of every layout by path `OPTIMIZER/NAME`; none unless `exporters` were asked for.
 * `traffic` is of a trace ({@link storeTraffic}) or of counts ({@link countsTraffic}).
 */
export const place = Effect.fn("pipeline.place")(function* (options: PlaceOptions, traffic: PlaceTraffic) {
  const { model, layers, train, heldOut } = traffic
  const { batchTokens, deadUnits, migrationSlots, seed } = options
  const { input, named, hardware, fabric, optimizers, exporters } = yield* placeInputs(options, traffic)
  const steps = options.steps ?? fittingSteps(fabric.units, layers.length)
  const layouts = yield* makeLayouts(options, optimizers, input, traffic, named)
  const counted = yield* countTokens(traffic, fabric, layouts, batchTokens, liveUnits(input))
  const verdicts = yield* judge(layouts, { input, hardware, named, steps }, traffic, counted)
  const { inSample, stepPs } = verdicts
  const leading = verdicts.heldOut ?? inSample
  const lean = yield* sparePays(
    input,
    optimizers.map((policy, i) => ({ policy, layerTimePs: leading[i + 1]!.run.layerTimePs })),
    stepPs,
    (policy, leaner) => placeBy(policy, leaner, traffic, named)
  )
  const written = yield* Effect.forEach(layouts, ({ optimizer, placement }, i) => {
    if (exporters === undefined) return Effect.succeed({ listed: [], texts: [], filled: 0 })
    const exported = { placement, counts: train.counts, traffic: leading[i]!.score.traffic }
    return placementFiles(optimizer, exported, model, optimizer === "present" ? [] : exporters)
  })
  const filled = written.flatMap((files, i) => {
    const { optimizer } = layouts[i]!
    if (files.filled === 0 || optimizer === "present" || exporters?.length === 0) return []
    return [`${optimizer}: ${files.filled} empty slots are filled with copies in the exported files`]
  })
  const document: Made<PlaceDocument> = {
    schema: "moira-place/1",
    moira: version,
    plugins: listReferences([
      hardware.reference,
      ...optimizers.map((plugin) => referenceOf(optimizerKind, plugin)),
      ...(exporters ?? []).map(({ plugin }) => referenceOf(exporterKind, plugin))
    ]),
    input: traffic.input,
    seed,
    place: {
      machine: summariseMachine(hardware, fabric),
      units: fabric.units,
      serverOf: [...fabric.serverOf],
      spareSlots: input.spareSlots,
      experts: model.experts,
      layers,
      expertBytes: input.expertBytes,
      batchTokens,
      deadUnits,
      migrationSlots: migrationSlots ?? null,
      fittedOn: train.on,
      judgedOn: heldOut?.on ?? null,
      trafficFrom: counted === undefined ? "independence" : "tokens",
      formulas: balanceFormulas,
      layouts: layoutResults(
        layouts,
        verdicts,
        input,
        written.map(({ listed }) => listed)
      ),
      warnings: [
        ...traffic.warnings,
        ...(heldOut === undefined ? [] : [...judgeWarnings(heldOut), ...zeroLayers(layers, heldOut)]),
        ...stepWarnings(verdicts),
        ...fewerSteps(options, steps, fabric.units),
        ...lean,
        ...filled
      ],
      notMeasured: notMeasured({
        judge: heldOut !== undefined,
        intervals: verdicts.speedupIntervals !== undefined,
        exchange: hardware.machine.exchange !== undefined
      })
    }
  }
  const files: ReadonlyMap<string, string> = new Map(written.flatMap(({ texts }) => texts))
  return { document, files }
})

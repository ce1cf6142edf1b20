/** How many different experts a request's answer needs at each layer, and the chapter of the report that tells it. */
import { column, figure, type ReportedKind, table } from "@moira/report"
import { bars, figureWidth, hue } from "@moira/report/drawing"
import { Input, type Metric } from "@moira/results"
import { type Analysis, missingExpert } from "@moira/trace"
import { Schema } from "effect"

const WorkingSet = Schema.Struct({
  schema: Schema.Literal("own-working-set/1"),
  moira: Schema.String,
  input: Input,
  seed: Schema.Int,
  heldOutShare: Schema.Finite,
  result: Schema.Struct({
    /** Mean over requests with decode tokens; `null` without any. */
    layers: Schema.Array(Schema.Struct({ layer: Schema.Int, experts: Schema.NullOr(Schema.Finite) }))
  })
})

const metric: Metric = {
  id: "working_set_experts",
  title: "Working set",
  unit: "experts",
  better: "lower",
  definition: "different experts that the decode tokens of a request choose at a layer, mean over requests"
}

const section = {
  id: "own-working-set",
  order: 750,
  title: "Working sets",
  lead: "How many experts of a layer an answer needs at all: what a cache for one request should hold."
}

/** The kind of result: its form, its metric, a figure, a table and a headline. */
const kind: ReportedKind<typeof WorkingSet.Type> = {
  contract: "result/v1",
  id: "working-set",
  schema: "own-working-set/1",
  document: WorkingSet,
  metrics: new Map([[metric.id, metric]]),
  order: 1000,
  sections: [section],
  figures: [
    figure("own-working-set", section.id, (evidence) => {
      const rows = (evidence.of(kind)[0]?.result.layers ?? []).flatMap(({ layer, experts }) =>
        experts === null
          ? []
          : [
              {
                label: `layer ${layer}`,
                segments: [{ value: experts, colour: hue.blue }],
                text: experts.toFixed(1)
              }
            ]
      )
      if (rows.length === 0) return undefined
      return {
        title: "Experts that one answer needs",
        caption: "Different experts that the decode tokens of a request choose at a layer, mean over requests.",
        picture: bars([{ title: "", rows }], { label: "Experts", format: String }, figureWidth.full)
      }
    })
  ],
  tables: [
    table({ id: "own_working_set", section: section.id, place: "closed" }, (evidence) => ({
      title: "Experts that one answer needs",
      columns: [column("layer", "Layer", "whole"), column("experts", "Experts", "real")],
      rows: evidence.of(kind).flatMap(({ result }) => result.layers.map(({ layer, experts }) => [layer, experts]))
    }))
  ],
  headlines: [
    {
      order: 650,
      of: (evidence) =>
        evidence.of(kind).flatMap(({ input, result }) => {
          const known = result.layers.flatMap(({ experts }) => experts ?? [])
          if (known.length === 0) return []
          const mean = known.reduce((sum, experts) => sum + experts, 0) / known.length
          return [
            {
              value: mean.toFixed(1),
              label: `of ${input.experts} experts that one answer needs`,
              detail: `mean over ${known.length} layers and the requests of the trace`
            }
          ]
        })
    }
  ],
  metricsShown: (evidence) => (evidence.of(kind).length === 0 ? [] : [metric.id])
}

/** Sums by layer: exact whole numbers, so that any chunks and any merge order give the same result. */
interface Sums {
  readonly experts: Float64Array
  readonly requests: Float64Array
}

const workingSet: Analysis<(typeof WorkingSet.Type)["result"], Sums> = {
  contract: "analysis/v1",
  id: "working-set",
  kind,
  accumulator: ({ layers }) => ({
    id: "working-set",
    empty: () => ({ experts: new Float64Array(layers.length), requests: new Float64Array(layers.length) }),
    add: (sums, { layerIndex, current: { ids, offsets, prefillRows, requests, topK } }) => {
      for (let r = 0; r < requests; r++) {
        const chosen = new Set(ids.subarray((offsets[r]! + prefillRows[r]!) * topK, offsets[r + 1]! * topK))
        chosen.delete(missingExpert)
        if (chosen.size === 0) continue
        sums.experts[layerIndex]! += chosen.size
        sums.requests[layerIndex]! += 1
      }
    },
    merge: (into, from) => {
      from.experts.forEach((experts, l) => (into.experts[l]! += experts))
      from.requests.forEach((requests, l) => (into.requests[l]! += requests))
    },
    finish: ({ experts, requests }) => ({
      layers: layers.map((layer, l) => ({ layer, experts: requests[l] === 0 ? null : experts[l]! / requests[l]! }))
    })
  })
}

export default workingSet

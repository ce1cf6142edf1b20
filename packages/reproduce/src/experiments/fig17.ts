import { greatestOf, meanOfKnown } from "@moira/core/statistics"
import { namedBars } from "../figures/named-bars.ts"
import type { Published, ReproducedRow } from "../document.ts"
import { Effect } from "effect"
import { type Contender, type PlacementTime, placementTimes } from "../placement-times.ts"
import type { Reproduction } from "../reproduction.ts"

const machine = "dgx-h100"
const sizes = [8, 16, 32]
const batches = [64, 256, 1024, 4096, 16_384]
/** Batches that means are over: at smaller ones reading the experts takes the time, and no layout helps. */
const meanBatches = batches.filter((batch) => batch >= 1024)

const contenders: ReadonlyArray<Contender> = [
  { name: "Default", optimizers: ["contiguous"], spareSlots: 0 },
  { name: "Best", optimizers: ["remap", "moira"], spareSlots: 0, oracle: true },
  { name: "Best with copies", optimizers: ["remap", "dup", "moira"], spareSlots: 1, oracle: true },
  { name: "Worst", optimizers: ["worst"], spareSlots: 0 },
  { name: "Remap", optimizers: ["remap"], spareSlots: 0 },
  { name: "Dup", optimizers: ["dup"], spareSlots: 1 },
  { name: "EPLB", optimizers: ["eplb"], spareSlots: 1 },
  { name: "Moira", optimizers: ["moira"], spareSlots: 1 },
  { name: "Moira without copies", optimizers: ["moira"], spareSlots: 0 }
]

type Times = ReadonlyArray<PlacementTime>

const find = (times: Times, units: number, batch: number, name: string): PlacementTime | undefined =>
  times.find((time) => time.units === units && time.batch === batch && time.name === name)

/** Time of `slow` over that of `fast` at each batch that means are over. */
const ratios = (times: Times, units: number, slow: string, fast: string): ReadonlyArray<number> =>
  meanBatches.flatMap((batch) => {
    const [a, b] = [find(times, units, batch, slow), find(times, units, batch, fast)]
    return a === undefined || b === undefined ? [] : [a.timePs / b.timePs]
  })

const percentOver = (times: Times, units: number, name: string): number | null => {
  const mean = meanOfKnown(ratios(times, units, "Default", name))
  return mean === null ? null : 100 * (mean - 1)
}

interface Measure {
  readonly what: string
  readonly unit: ReproducedRow["unit"]
  readonly published: Published | null
  readonly of: (times: Times) => number | null
}

const value = (v: number): Published => ({ value: v })

/** What the study prints, on eight GPUs. */
const printed: ReadonlyArray<Measure> = [
  {
    what: "Remap over Default, mean of batches from 1,024 on",
    unit: "percent",
    published: value(15.5),
    of: (t) => percentOver(t, 8, "Remap")
  },
  {
    what: "Dup over Default, mean of batches from 1,024 on",
    unit: "percent",
    published: value(12.5),
    of: (t) => percentOver(t, 8, "Dup")
  },
  {
    what: "Remap or Dup over Default, best batch",
    unit: "times",
    published: value(1.25),
    of: (t) => {
      const all = [...ratios(t, 8, "Default", "Remap"), ...ratios(t, 8, "Default", "Dup")]
      return all.length === 0 ? null : greatestOf(all)
    }
  },
  {
    what: "Remap over Worst, mean of batches from 1,024 on",
    unit: "times",
    published: { atLeast: 2 },
    of: (t) => meanOfKnown(ratios(t, 8, "Worst", "Remap"))
  },
  {
    what: "Dup over Worst, mean of batches from 1,024 on",
    unit: "times",
    published: { atLeast: 2 },
    of: (t) => meanOfKnown(ratios(t, 8, "Worst", "Dup"))
  },
  {
    what: "time of Remap over Best",
    unit: "times",
    published: { from: 1, to: 1.1 },
    of: (t) => meanOfKnown(ratios(t, 8, "Remap", "Best"))
  },
  {
    what: "time of Dup over Best with copies",
    unit: "times",
    published: { from: 1, to: 1.1 },
    of: (t) => meanOfKnown(ratios(t, 8, "Dup", "Best with copies"))
  },
  {
    what: "slowest over fastest GPU under Default, mean of layer steps",
    unit: "times",
    published: value(1.3),
    of: (t) => meanOfKnown(meanBatches.flatMap((batch) => find(t, 8, batch, "Default")?.maxOverMin ?? []))
  },
  {
    what: "slowest over fastest GPU under Default, time of all layer steps",
    unit: "times",
    published: null,
    of: (t) => meanOfKnown(meanBatches.flatMap((batch) => find(t, 8, batch, "Default")?.totalMaxOverMin ?? []))
  }
]

/** The same without a published number: other optimizers, more GPUs, each batch. */
const more: ReadonlyArray<Measure> = [
  ...sizes.flatMap((units) =>
    contenders
      .filter(({ name }) => name !== "Default" && !(units === 8 && (name === "Remap" || name === "Dup")))
      .map(({ name }): Measure => ({
        what: `${name} over Default, ${units} GPUs, mean of batches from 1,024 on`,
        unit: "percent",
        published: null,
        of: (t) => percentOver(t, units, name)
      }))
  ),
  ...batches.flatMap((batch) =>
    ["Remap", "Dup", "EPLB", "Moira", "Best with copies", "Worst"].map((name): Measure => ({
      what: `${name} over Default, 8 GPUs, batch ${batch.toLocaleString("en-US")}`,
      unit: "percent",
      published: null,
      of: (t) => {
        const [a, b] = [find(t, 8, batch, "Default"), find(t, 8, batch, name)]
        return a === undefined || b === undefined ? null : 100 * (a.timePs / b.timePs - 1)
      }
    }))
  )
]

/** Speed over Default at every batch, one group a batch. */
const drawingOf = (title: string, units: number, times: Times) =>
  namedBars({
    id: `${units}-gpus`,
    title: `${title} on ${units} H100: MoE compute speed over the default placement`,
    caption:
      "Time of the slowest GPU under Default over that under each placement, by tokens of a layer step; above 1 is faster. Prompts place, decode steps of the twin " +
      "judge; Best and Worst know what judges.",
    axis: "Times as fast as Default",
    format: (ratio) => `${ratio.toFixed(2)} x`,
    groups: batches.map((batch) => ({
      title: `batch ${batch.toLocaleString("en-US")}`,
      bars: contenders.flatMap(({ name }) => {
        const [base, own] = [find(times, units, batch, "Default"), find(times, units, batch, name)]
        if (base === undefined || own === undefined) return []
        const speed = base.timePs / own.timePs
        return [
          {
            label: name,
            parts: [{ name: "speed", value: speed }],
            text: `${speed.toFixed(2)} x`,
            note: `slowest over fastest GPU ${own.maxOverMin.toFixed(2)}`
          }
        ]
      })
    }))
  })

/** Figure 17: Qwen3 on eight H100 and on more. */
export default {
  contract: "reproduction/v1",
  title: "Figure 17: placing experts by the prompts",
  claim:
    "On 8 x H100 Remap is 15.5 % and Dup 12.5 % faster than the default placement, more than twice as fast as the worst, and " +
    "within 10 % of the best.",
  figures: [],
  run: Effect.fnUntraced(function* (bench) {
    const { steps, seed } = bench.options
    const study = { machine, units: sizes, batches, contenders, steps, seed }
    const subjects = bench.subjects.filter(({ model }) => model.id === "qwen3-235b")
    const rows: Array<ReproducedRow> = []
    const drawings: Array<ReturnType<typeof drawingOf>> = []
    for (const { model, twin, real } of subjects) {
      const ofTwin = yield* placementTimes(twin, study)
      drawings.push(...sizes.map((units) => drawingOf(model.title, units, ofTwin)))
      const ofReal = real === undefined ? undefined : yield* placementTimes(real, study)
      for (const { what, unit, published, of } of [...printed, ...more]) {
        rows.push({
          model: model.title,
          what,
          unit,
          published,
          twin: of(ofTwin),
          real: ofReal === undefined ? null : of(ofReal)
        })
      }
    }
    const notes =
      subjects.length === 0
        ? ["Qwen3-235B is not among the models asked for."]
        : [
            `MoE compute time: the slowest GPU of each layer step, summed over ${steps} decode steps and all layers; no network. ` +
              "Expert times are those fitted to one H100 in fp8.",
            `Batches are ${batches.map((batch) => batch.toLocaleString("en-US")).join(", ")}; requests of the twin are used again to fill them.`,
            "Prompts place; the decode steps of the same requests judge. Worst knows the decode steps, and Best is the fastest of what " +
              "Remap and Moira (with copies: and Dup) make of them. Dup, EPLB, Moira and Best with copies have one spare slot a GPU; " +
              "copies share tokens evenly.",
            "Means are over batches of 1,024 to 16,384. The study names batches of 64 to 16,384 and prints one number each: with 64 and 256 in the mean, " +
              "Remap and Dup fall by more than a third. There reading the experts takes the time, whatever the layout, and a copy is one more to read: gains come with the batch.",
            "The study does not say whether its 1.3 x of the slowest over the fastest GPU is of a layer step or of a whole run.",
            "Remap is held against Best without copies, Dup against Best with as many slots."
          ]
    return { rows, documents: [], notes, drawings: drawings.filter((drawing) => drawing !== undefined) }
  })
} satisfies Reproduction

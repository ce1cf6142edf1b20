/** What experiment documents of every kind are made of: traces, machines, stages, axes. */
import { Count, PositiveCount, Amount } from "@moira/core"
import { Schema } from "effect"

export const experimentSchema = "moira-experiment/1"

export const Name = Schema.NonEmptyString
const Names = Schema.Array(Name).pipe(Schema.check(Schema.isMinLength(1)))
const note = <S extends Schema.Top>(schema: S, description: string) => schema.pipe(Schema.annotate({ description }))
export const optional = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.optionalKey(note(schema, description))

/** One value, or several that one result compares. */
export const oneOrMore = <S extends Schema.Top>(one: S) =>
  Schema.Union([one, Schema.Array(one).pipe(Schema.check(Schema.isMinLength(1)))])

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 0xffff_ffff })))
const Sha256 = Schema.String.pipe(Schema.check(Schema.isPattern(/^[0-9a-f]{64}$/)))

const traceForms = ["store", "counts", "twin", "hub", "files"] as const
const exactlyOne = (names: ReadonlyArray<string>) =>
  Schema.makeFilter((value: object) => {
    const given = names.filter((name) => Object.hasOwn(value, name))
    return (
      given.length === 1 ||
      `Expected one of ${names.join(", ")}, got ${given.length === 0 ? "none" : given.join(" and ")}`
    )
  })

/** Where the trace or the counts come from: one of store, counts, twin, hub and files. Paths are seen from the document's folder. */
export const TraceSource = Schema.Struct({
  store: optional(Name, "folder of a store of traces or counts"),
  counts: optional(Name, "file of counts as an engine's recorder wrote it, or folder of a counts store"),
  twin: optional(
    Schema.Struct({
      model: note(Name, "model name or .json file"),
      requests: optional(PositiveCount, "requests; 256 when left out"),
      prefillTokens: optional(PositiveCount, "mean prompt length; 24 when left out"),
      decodeTokens: optional(Count, "most decode tokens of a request; 64 when left out"),
      languages: optional(Names, "languages of the prompts; en and zh when left out"),
      seed: optional(Seed, "seed of the twin; 1 when left out")
    }),
    "a synthetic twin of a model"
  ),
  hub: optional(
    Schema.Struct({
      traces: note(Name, "MODEL[/BENCHMARK[/SUBJECT]]"),
      repo: optional(Name, "data set on the hub; the study's when left out"),
      revision: optional(Name, "branch, tag or commit; main when left out")
    }),
    "traces of a data set on the hub"
  ),
  files: optional(Names, "files or folders of recordings, read by `stages.source`"),
  contentSha256: optional(Sha256, "digest that the content must have; what has another is refused")
}).pipe(Schema.check(exactlyOne(traceForms)))
export type TraceSource = typeof TraceSource.Type

/** A machine, or several that one result compares, with changes that hold for all of them. */
export const MachineSource = Schema.Struct({
  name: note(oneOrMore(Name), "machine name, or a .json file with a backend's spec"),
  backend: optional(Name, "hardware backend: name, package or path; found by the machine's name when left out"),
  units: optional(PositiveCount, "dies or GPUs in all; as many as the machine has when left out"),
  set: optional(
    Schema.Record(Schema.NonEmptyString, Schema.Json),
    "fields of the machine to replace, such as linkBytesPerSec: 4e12"
  )
})
export type MachineSource = typeof MachineSource.Type

export const NetworkStage = Schema.Union([
  Name,
  Schema.Struct({
    use: note(Name, "network model: name, package or path"),
    tolerance: optional(
      Amount,
      "share of a step that completion times may be rounded by, of networks that can; 0 is exact"
    )
  })
])
const RunnerStage = Schema.Union([
  Name,
  Schema.Struct({ use: Name, workers: optional(PositiveCount, "parts at a time; no result depends on it") })
])

/** A file with a placement, beside optimizers by name. */
export const PlacementChoice = Schema.Union([
  Name,
  Schema.Struct({ file: note(Name, "file with a placement, in any known form") })
])

/** Choices of every run: none changes what comes out. */
export const anyStages = {
  source: optional(
    Name,
    "trace format that reads `trace.files`: name, package or path; recognised from content when left out"
  ),
  runner: optional(RunnerStage, "who computes parts of the work: threads, inline, a package or a path"),
  reporter: optional(oneOrMore(Name), "reporters of what is drawn: html, md, csv, svg, a package or a path")
}

export const phases = Schema.Literals(["prefill", "decode", "both"])
const HeldOutShare = Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum: 0.05, maximum: 0.95 })))
const KvReserve = Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMaximum: true })))
export const heldOutShare = optional(
  HeldOutShare,
  "share of the requests that judge what the others chose; 0.5 when left out"
)
export const kvReserveShare = optional(
  KvReserve,
  "share of each unit's memory kept for the KV cache; 0.3 when left out"
)
export const bytesPerWeight = optional(
  Schema.Finite.pipe(Schema.check(Schema.isGreaterThan(0))),
  "bytes of a weight in traffic; the model's serving format when left out"
)

/** Traffic that places and that judges, of `place` and `advise`. */
export const traffic = {
  fit: optional(phases, "tokens that place; prompts when left out, or decode where there are none"),
  judge: optional(phases, "tokens that judge; decode when left out"),
  heldOutShare,
  workload: optional(Name, "workload of a counts store that places, where it has several"),
  model: optional(Name, "model name or .json file, of counts that do not tell theirs"),
  score: optional(Name, "other counts or another store to judge on, or a workload of the same counts store"),
  earlier: optional(Schema.Tuple([Name, Name]), "two earlier windows: loads are expected to drift so again")
}

const axisValues = Schema.Array(Schema.Json).pipe(Schema.check(Schema.isMinLength(1)))
const Range = Schema.Struct({
  from: Schema.Finite,
  to: Schema.Finite,
  points: PositiveCount,
  round: optional(Schema.Boolean, "whole numbers, for counts such as a batch")
})
const Field = note(Name, "path of a field, such as machine.linkBytesPerSec, options.batch or stages.strategy")

const valueForms = ["list", "linear", "log"] as const
const values = {
  list: optional(axisValues, "these values"),
  linear: optional(Range, "evenly spaced values, both ends among them"),
  log: optional(Range, "evenly spaced ratios, both ends among them")
}

/** One field and its values. */
export const FieldAxis = Schema.Struct({ field: Field, ...values }).pipe(Schema.check(exactlyOne(valueForms)))
export type FieldAxis = typeof FieldAxis.Type

/** What varies: a field with its values, fields that move together, or a grid. Axes multiply: every value of one with every value of the others. */
export const Axis = Schema.Struct({
  field: Schema.optionalKey(Field),
  ...values,
  zip: optional(
    Schema.Array(FieldAxis).pipe(Schema.check(Schema.isMinLength(1))),
    "fields that move together, with as many values each"
  ),
  grid: optional(
    Schema.Record(Schema.NonEmptyString, axisValues),
    "fields and their values, every one with every other"
  )
}).pipe(
  Schema.check(
    exactlyOne([...valueForms, "zip", "grid"]),
    Schema.makeFilter((axis) => {
      const ofField = valueForms.some((form) => axis[form] !== undefined)
      return (
        ofField === (axis.field !== undefined) ||
        (ofField ? "Expected a field beside its values" : "Expected no field beside zip and grid")
      )
    })
  )
)
export type Axis = typeof Axis.Type

/** What is drawn of many points, and how they are compared. */
const Draw = Schema.Struct({
  by: optional(Name, "field along which curves are drawn, such as machine.linkBytesPerSec"),
  against: optional(Schema.Literals(["energy", "area", "money", "memory"]), "what throughput is weighed against"),
  baseline: optional(Name, "strategy that factors are over; ep, what engines do, when left out")
})

export const common = {
  schema: Schema.Literal(experimentSchema),
  title: optional(Name, "one line that says what is asked"),
  trace: TraceSource,
  seed: optional(Seed, "seed of every random draw; 1 when left out"),
  seeds: optional(
    Schema.Array(Seed).pipe(Schema.check(Schema.isMinLength(1))),
    "every point once for each of these seeds"
  ),
  axes: optional(Schema.Array(Axis), "what varies: every combination is a point"),
  keep: optional(
    Schema.Literals(["everything", "metrics"]),
    "of each point: everything, or no series by layer, step, unit and link"
  ),
  draw: optional(Draw, "what a report compares")
}

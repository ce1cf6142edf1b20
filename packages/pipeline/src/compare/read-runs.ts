/** The runs of documents, checked: of one model, and only those that were asked for. */
import {
  type Input,
  resultKinds,
  type ResultDocument,
  type OffloadDocument,
  type SimulationDocument
} from "@moira/results"
import { Result } from "effect"
import { CompareError } from "./error.ts"
import { type At, type ObservedRun, simulationRuns } from "./observed.ts"
import { offloadRuns } from "./offload-runs.ts"
import type { ComparedDocument, CompareOptions } from "./options.ts"
import { fieldsOf, findField, isValue, parameterOf, valueAt } from "./parameters.ts"

/** What a sweep says of its point and the run does not say itself. */
const withPoint = (run: ObservedRun, point: At | undefined): ObservedRun => {
  if (point === undefined) return run
  const declared = Object.keys(point).map(parameterOf)
  const more = Object.entries(point)
    .map(([field, value]) => [parameterOf(field), value] as const)
    .filter(([field]) => field !== "seed" && run.at[field] === undefined && run.at[`machine.${field}`] === undefined)
  return { ...run, declared, at: { ...run.at, ...Object.fromEntries(more) } }
}

const isSimulation = (document: ResultDocument): document is SimulationDocument =>
  document.schema === resultKinds.simulation.schema
const isOffload = (document: ResultDocument): document is OffloadDocument =>
  document.schema === resultKinds.offload.schema

const runsOf = (
  { document, name, at }: ComparedDocument,
  i: number
): Result.Result<ReadonlyArray<ObservedRun>, CompareError> => {
  const runs = isSimulation(document)
    ? simulationRuns(document, i)
    : isOffload(document)
      ? offloadRuns(document, i)
      : undefined
  if (runs === undefined)
    return Result.fail(
      new CompareError({
        reason: "OtherKind",
        where: name ?? `document ${i + 1}`,
        what: `${document.schema} holds no runs to compare`,
        hint: `give documents of ${resultKinds.simulation.schema} or ${resultKinds.offload.schema}, which \`moira simulate\` writes`
      })
    )
  return Result.succeed(runs.map((run) => withPoint(run, at)))
}

/** Runs with the values that were asked for. */
const filtered = (
  runs: ReadonlyArray<ObservedRun>,
  only: NonNullable<CompareOptions["only"]>
): Result.Result<ReadonlyArray<ObservedRun>, CompareError> =>
  Result.gen(function* () {
    let kept = runs
    for (const [name, wanted] of Object.entries(only)) {
      const where = `--only ${name}=${wanted}`
      const field = yield* findField(name, fieldsOf(kept.map(({ at }) => at)), where)
      const values = [...new Set(kept.map(({ at }) => String(valueAt(at, field))))]
      kept = kept.filter(({ at }) => isValue(valueAt(at, field), wanted))
      if (kept.length === 0)
        return yield* Result.fail(
          new CompareError({
            reason: "NoRuns",
            where,
            what: "no run has that value",
            hint: `${field} is ${values.join(", ")}`
          })
        )
    }
    return kept
  })

const mixed = (models: ReadonlyArray<readonly [string, number]>) =>
  new CompareError({
    reason: "MixedModels",
    where: models.map(([model, runs]) => `${model} (${runs} ${runs === 1 ? "run" : "runs"})`).join(", "),
    what: "throughputs of different models say nothing about each other",
    hint: `compare one model at a time, for example --only model=${models[0]![0]}`
  })

export interface ReadRuns {
  readonly runs: ReadonlyArray<ObservedRun>
  /** The trace, where all runs are of one. */
  readonly input: Input | undefined
}

/** All runs of all documents. */
export const readRuns = (
  documents: ReadonlyArray<ComparedDocument>,
  { only = {} }: CompareOptions
): Result.Result<ReadRuns, CompareError> =>
  Result.gen(function* () {
    const all: Array<ObservedRun> = []
    for (const [i, document] of documents.entries()) all.push(...(yield* runsOf(document, i)))
    if (all.length === 0)
      return yield* Result.fail(
        new CompareError({
          reason: "NoRuns",
          where: documents.map(({ name }) => name ?? "a document").join(", ") || "no document",
          what: "there is no run to compare",
          hint: "give documents that `moira simulate` wrote, or the folder of a sweep"
        })
      )
    const runs = yield* filtered(all, only)
    const models = Map.groupBy(runs, ({ at }) => String(at["model"]))
    if (models.size > 1) return yield* Result.fail(mixed([...models].map(([model, of]) => [model, of.length] as const)))
    const inputs = [...new Set(runs.map(({ source }) => source))].map((source) => inputOf(documents[source]!))
    const same = inputs.every((input) => input?.contentSha256 === inputs[0]?.contentSha256)
    return { runs, input: same ? inputs[0] : undefined }
  })

const inputOf = ({ document }: ComparedDocument): Input | undefined =>
  isSimulation(document) || isOffload(document) ? document.input : undefined

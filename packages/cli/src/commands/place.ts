import { writeReport } from "@moira/report/node"
import { documentText } from "@moira/results"
import { isCountsStore, storeLayer } from "@moira/trace/node"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as fs from "node:fs"
import * as path from "node:path"
import {
  countsTraffic,
  judgeCounts,
  judgeStore,
  place,
  PlaceError,
  type PlaceOptions,
  type PlaceTraffic,
  storeTraffic,
  usualSteps
} from "@moira/pipeline"
import { given } from "@moira/core"
import { resolveModel, writeFiles } from "@moira/core/node"
import { readCounts } from "../inputs/counts.ts"
import { backendOptions, machineChoice } from "../inputs/machine.ts"
import { placementFile } from "../inputs/placement.ts"
import { listed } from "../command.ts"
import { note, print } from "../terminal/output.ts"
import { placeText } from "../terminal/place-text.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import {
  common,
  heldOutShare,
  machineFlags,
  nameList,
  numberList,
  reportFormats,
  seed,
  whole,
  wholeIn
} from "../flags/shared.ts"

const isStore = (where: string): boolean => fs.existsSync(path.join(where, "manifest.json")) && !isCountsStore(where)

const phases = ["prefill", "decode", "both"] as const

interface TrafficFlags {
  readonly fit: Option.Option<(typeof phases)[number]>
  readonly judge: (typeof phases)[number]
  readonly heldOut: number
  readonly seed: number
  readonly workload: Option.Option<string>
  readonly model: Option.Option<string>
  readonly score: Option.Option<string>
}

const optional = <K extends string>(key: K, value: Option.Option<string>) =>
  Option.match(value, { onNone: () => ({}), onSome: (a) => ({ [key]: a }) as { readonly [key in K]: string } })

/** The counts that `--score` names: a workload of the same counts store, a file, or a store. */
const judged = Effect.fnUntraced(function* (input: string, score: string, flags: TrafficFlags, traffic: PlaceTraffic) {
  const model = Option.getOrElse(flags.model, () => traffic.model.id)
  if (isCountsStore(input) && !fs.existsSync(score))
    return yield* judgeCounts(yield* readCounts(input, { model, workload: score }), traffic.model)
  if (!isStore(score)) return yield* judgeCounts(yield* readCounts(score, { model }), traffic.model)
  const { judge } = flags
  const found = yield* judgeStore(judge, path.basename(score)).pipe(Effect.provide(storeLayer(score)))
  if (found.counts.length === traffic.layers.length && found.counts[0]!.length === traffic.model.experts) return found
  return yield* new PlaceError({
    reason: "OtherModel",
    where: score,
    what: `a trace of another model than ${traffic.model.title}`,
    hint: "give a trace or counts of the same model"
  })
})

/** The traffic, judged by what `--score` names where it is given. */
const scored = Effect.fnUntraced(function* (input: string, flags: TrafficFlags, traffic: PlaceTraffic) {
  if (Option.isNone(flags.score)) return traffic
  const other = yield* judged(input, flags.score.value, flags, traffic)
  const { tokens: _, ...withoutTokens } = traffic
  return { ...withoutTokens, heldOut: other } satisfies PlaceTraffic
})

/** Traffic of counts, of the model that was named or that they are of. */
const ofCounts = Effect.fnUntraced(function* (input: string, { workload, model }: TrafficFlags) {
  const found = yield* readCounts(input, { ...optional("workload", workload), ...optional("model", model) })
  return yield* countsTraffic(found, found.input, Option.isSome(model) ? yield* resolveModel(model.value) : undefined)
})

/** A trace stays open until everything was judged by its tokens; counts are in memory. */
const run = (input: string, flags: TrafficFlags, options: PlaceOptions) => {
  const go = (traffic: PlaceTraffic) => Effect.flatMap(scored(input, flags, traffic), (all) => place(options, all))
  if (!isStore(input)) return Effect.flatMap(ofCounts(input, flags), go)
  const { judge, heldOut: heldOutShare, seed: from } = flags
  const fit = Option.getOrUndefined(flags.fit)
  return storeTraffic(input, { ...given({ fit }), judge, heldOutShare, seed: from }).pipe(
    Effect.flatMap(go),
    Effect.provide(storeLayer(input))
  )
}

/** Files of forms go below `--out`. */
const refuseForms = (forms: ReadonlyArray<string>) =>
  new PlaceError({
    reason: "BadOption",
    where: `--export ${forms.join(",")}`,
    what: "nowhere to write files",
    hint: "name a directory with --out"
  })

export default Command.make(
  "place",
  {
    input: Argument.String("input").pipe(
      Argument.withDescription("a store of traces or counts, or a file of counts as an engine's recorder wrote it")
    ),
    machine: Flag.String("machine").pipe(Flag.withDescription("machine name, such as dgx-h100; or a .json spec")),
    ...machineFlags,
    slots: whole("slots", 0, 0, 4096).pipe(Flag.withDescription("spare slots a unit, for copies")),
    redundant: wholeIn("redundant", 0, 65_536).pipe(
      Flag.optional,
      Flag.withDescription("copies in all, as engines count them, instead of --slots; slots must divide by the units")
    ),
    optimizer: nameList("optimizer", "eplb,moira").pipe(
      Flag.withDescription("placement optimizers: names, packages or paths")
    ),
    export: nameList("export").pipe(
      Flag.optional,
      Flag.withDescription("forms to write: sglang, vllm, vllm-ranks, trtllm, vllm-ascend, eplb, or a package or path")
    ),
    present: Flag.String("present").pipe(
      Flag.optional,
      Flag.withDescription("file with what lies where now, in any of these forms; contiguous when left out")
    ),
    migration: wholeIn("migration", 0).pipe(
      Flag.optional,
      Flag.withDescription("most slots, over all layers, that may change; as many as it takes when left out")
    ),
    batch: whole("batch", 4096, 1, 1_000_000_000).pipe(
      Flag.withDescription("tokens of one layer step, all units together")
    ),
    steps: whole("steps", usualSteps, 1, 1_000_000).pipe(
      Flag.withDescription("most decode steps that judge, as `moira simulate` runs them")
    ),
    score: Flag.String("score").pipe(
      Flag.optional,
      Flag.withDescription("other counts to judge on: a file, a store, or a workload of the same counts store")
    ),
    dead: numberList("dead", 0).pipe(Flag.optional, Flag.withDescription("units that must hold nothing, such as 3,7")),
    fit: Flag.Literals("fit", phases).pipe(
      Flag.optional,
      Flag.withDescription("tokens of a trace that place; prompts when left out, or decode where there are none")
    ),
    judge: Flag.Literals("judge", phases).pipe(
      Flag.withDefault("decode" as const),
      Flag.withDescription("tokens of a trace that judge, of other requests than those that place")
    ),
    heldOut: heldOutShare,
    workload: Flag.String("workload").pipe(
      Flag.optional,
      Flag.withDescription("workload of a counts store that places, where it has several")
    ),
    model: Flag.String("model").pipe(
      Flag.optional,
      Flag.withDescription("model name or .json file; read off the counts when left out")
    ),
    seed,
    out: Flag.String("out").pipe(
      Flag.optional,
      Flag.withDescription("directory for place.json, the report and a folder of files for each optimizer")
    ),
    ...common
  },
  Effect.fnUntraced(function* ({ input, json, quiet, ...flags }) {
    const forms = Option.getOrElse(flags.export, () => [])
    if (forms.length > 0 && Option.isNone(flags.out)) return yield* refuseForms(forms)
    const options = {
      machine: yield* machineChoice(flags.machine),
      ...backendOptions(flags),
      optimizers: flags.optimizer,
      ...(Option.isSome(flags.out) ? { exporters: forms } : {}),
      spare: Option.match(flags.redundant, {
        onNone: () => ({ slots: flags.slots }),
        onSome: (redundant) => ({ redundant })
      }),
      batchTokens: flags.batch,
      steps: flags.steps,
      deadUnits: Option.getOrElse(flags.dead, () => []),
      seed: flags.seed,
      ...(Option.isSome(flags.present) ? { present: yield* placementFile(flags.present.value) } : {}),
      ...Option.match(flags.units, { onNone: () => ({}), onSome: (units) => ({ units }) }),
      ...Option.match(flags.migration, { onNone: () => ({}), onSome: (migrationSlots) => ({ migrationSlots }) })
    }
    const { document, files } = yield* withProgress(run(input, flags, options), quiet)
    for (const warning of document.place.warnings) yield* note(`warning: ${warning}`)
    if (Option.isSome(flags.out)) {
      yield* writeFiles(flags.out.value, files)
      const written = yield* writeFiles(flags.out.value, new Map([["place.json", documentText(document)]]))
      const report = yield* writeReport({ documents: [document], out: flags.out.value, formats: reportFormats })
      yield* note(`wrote ${[...written, ...report].join(", ")}`)
    }
    yield* print(json ? documentText(document) : placeText(document))
  })
).pipe(
  Command.withDescription(
    "Choose where experts and their copies lie, say what it gains on traffic that did not choose, and write engines' files"
  ),
  Command.withExamples([
    {
      command:
        "moira place decode.json --machine dgx-h100 --units 32 --slots 1 --optimizer eplb,moira --export sglang,vllm,trtllm --out place",
      description: "from an engine's counts to files for three engines"
    },
    {
      command: "moira place llama4.moira --machine dgx-h100 --fit prefill --optimizer remap,dup --batch 1024",
      description: "placed by prompts, judged on the answers of other requests"
    }
  ]),
  listed(10)
)

import { PlaceError, usual, usualSteps } from "@moira/pipeline"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { listed } from "../command.ts"
import { placeDocument } from "../documents/place.ts"
import {
  common,
  machineFlags,
  nameList,
  numberList,
  runnerFlags,
  usualWorkers,
  whole,
  wholeIn
} from "../flags/shared.ts"
import { checkEarlier, trafficFlags } from "../flags/traffic.ts"
import { machineChoice } from "../inputs/machine.ts"
import { placementFile } from "../inputs/placement.ts"
import { printExperiment, runShort } from "../runs/short-command.ts"

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
    slots: whole("slots", usual.place.slots, 0, 4096).pipe(Flag.withDescription("spare slots a unit, for copies")),
    redundant: wholeIn("redundant", 0, 65_536).pipe(
      Flag.optional,
      Flag.withDescription("copies in all, as engines count them, instead of --slots; slots must divide by the units")
    ),
    optimizer: nameList("optimizer", usual.place.optimizers.join(",")).pipe(
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
    batch: whole("batch", usual.place.batch, 1, 1_000_000_000).pipe(
      Flag.withDescription("tokens of one layer step, all units together")
    ),
    steps: wholeIn("steps", 1, 1_000_000).pipe(
      Flag.optional,
      Flag.withDescription(
        `most decode steps that judge, as \`moira simulate\` runs them; ${usualSteps} when left out, fewer on hundreds of units`
      )
    ),
    dead: numberList("dead", 0).pipe(Flag.optional, Flag.withDescription("units that must hold nothing, such as 3,7")),
    ...trafficFlags,
    ...runnerFlags(usualWorkers(4)),
    out: Flag.String("out").pipe(
      Flag.optional,
      Flag.withDescription("directory for place.json, the report and a folder of files for each optimizer")
    ),
    ...printExperiment,
    ...common
  },
  Effect.fnUntraced(function* ({ input, json, quiet, workers, runner, printExperiment: shown, ...flags }) {
    const forms = Option.getOrElse(flags.export, () => [])
    if (forms.length > 0 && Option.isNone(flags.out)) return yield* refuseForms(forms)
    // Read here, so that a file that is none is told by its flag.
    yield* machineChoice(flags.machine)
    if (Option.isSome(flags.present)) yield* placementFile(flags.present.value)
    yield* checkEarlier(flags)
    const output = { out: flags.out, json, quiet, printExperiment: shown, runner, workers }
    yield* runShort(placeDocument(input, flags), output)
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

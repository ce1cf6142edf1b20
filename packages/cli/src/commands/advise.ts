import { usual } from "@moira/pipeline"
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { listed } from "../command.ts"
import { adviseDocument } from "../documents/place.ts"
import { common, machineFlags, numberList, runnerFlags, usualWorkers, whole, wholeIn } from "../flags/shared.ts"
import { checkEarlier, phases, trafficFlags } from "../flags/traffic.ts"
import { machineChoice } from "../inputs/machine.ts"
import { printExperiment, runShort } from "../runs/short-command.ts"

export default Command.make(
  "advise",
  {
    input: Argument.String("input").pipe(
      Argument.withDescription("a store of traces or counts, or a file of counts as an engine's recorder wrote it")
    ),
    machine: Flag.String("machine").pipe(
      Flag.withDefault("dgx-h100"),
      Flag.withDescription("machine name, or a .json spec; dgx-h100 when left out, as the answer says")
    ),
    ...machineFlags,
    batch: numberList("batch", 1, usual.advise.batches.join(",")).pipe(
      Flag.withDescription(
        `tokens of one layer step, all units together; ${usual.advise.batches.join(",")} when left out`
      )
    ),
    slots: whole("slots", usual.advise.maxSlots, 0, 4096).pipe(
      Flag.withDescription("most spare slots a unit to consider")
    ),
    optimizer: Flag.String("optimizer").pipe(
      Flag.withDefault<string>(usual.advise.optimizer),
      Flag.withDescription("placement optimizer: name, package or path")
    ),
    steps: wholeIn("steps", 1, 1_000_000).pipe(
      Flag.optional,
      Flag.withDescription("most decode steps that judge, as `moira simulate` runs them; 32 when left out")
    ),
    kvReserve: Flag.Finite("kv-reserve").pipe(
      Flag.withDefault<number>(usual.advise.kvReserveShare),
      Flag.filter(
        (share) => share >= 0 && share < 1,
        (share) => `expected a share from 0 to below 1, got ${share}`
      ),
      Flag.withDescription("share of each unit's memory that the KV cache keeps: copies do not go there")
    ),
    ...trafficFlags,
    phase: Flag.Literals("phase", phases).pipe(
      Flag.optional,
      Flag.withDescription("tokens of a trace that both place and judge; --fit and --judge say one of the two")
    ),
    ...runnerFlags(usualWorkers(4)),
    out: Flag.String("out").pipe(Flag.optional, Flag.withDescription("directory for advice.json")),
    ...printExperiment,
    ...common
  },
  Effect.fnUntraced(function* ({ input, workers, runner, out, json, quiet, printExperiment: shown, ...flags }) {
    // Read here, so that a file that is none is told by its flag.
    yield* machineChoice(flags.machine)
    yield* checkEarlier(flags)
    yield* runShort(adviseDocument(input, flags), { workers, runner, out, json, quiet, printExperiment: shown })
  })
).pipe(
  Command.withDescription(
    "Say from which batch on balancing pays, with how many spare slots for copies, by the steps that `place` and `simulate` time"
  ),
  Command.withExamples([
    {
      command: "moira advise llama4.moira --machine dgx-h100 --units 16 --batch 256,4096",
      description: "would copies of hot experts pay on 16 GPUs, at two batches?"
    },
    {
      command: "moira advise decode.json --machine dgx-h200 --units 32 --score decode2.json",
      description: "from an engine's counts, judged on another recording"
    }
  ]),
  listed(8)
)

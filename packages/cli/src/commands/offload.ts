import { buildMachines, usualPolicies } from "@moira/pipeline"
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { listed } from "../command.ts"
import { FlagError } from "../flag-error.ts"
import { backendOptions, machineChoice } from "../inputs/machine.ts"
import { offloadDocument } from "../documents/simulate.ts"
import { printExperiment, runShort } from "../runs/short-command.ts"
import { common, machineFlags, nameList, numberList, seed, wholeIn } from "../flags/shared.ts"
import { weightFlag } from "../flags/weights.ts"
import { checkCacheSizes, offloadFlags } from "../flags/offload.ts"

const { units: _, ...backendFlags } = machineFlags

export default Command.make(
  "offload",
  {
    store: Argument.String("store").pipe(Argument.withDescription("directory of a store")),
    machine: nameList("machine").pipe(
      Flag.withDescription("machines with memory behind the unit, such as offload-pcie5; or a .json spec")
    ),
    strategy: nameList("strategy").pipe(
      Flag.optional,
      Flag.withDescription(`cache policies: names, packages or paths; ${usualPolicies.join(",")} when left out`)
    ),
    batch: numberList("batch", 1).pipe(
      Flag.optional,
      Flag.withDescription("requests that decode together; 1 when left out")
    ),
    steps: wholeIn("steps", 1, 1_000_000).pipe(
      Flag.optional,
      Flag.withDescription("most decode steps to simulate; all of them when left out")
    ),
    ...backendFlags,
    bytesPerWeight: weightFlag.pipe(
      Flag.optional,
      Flag.withDescription(
        "bytes of a weight in traffic, or their format with its scales; the model's serving format when left out"
      )
    ),
    ...offloadFlags,
    seed,
    out: Flag.String("out").pipe(Flag.optional, Flag.withDescription("directory for offload.json")),
    ...printExperiment,
    ...common
  },
  Effect.fnUntraced(function* ({ store, json, quiet, out, printExperiment: shown, ...flags }) {
    const choices = yield* Effect.forEach(flags.machine, machineChoice)
    const backend = backendOptions(flags)
    const { caching } = yield* buildMachines(choices.map((machine) => ({ machine, ...backend })))
    if (!caching)
      return yield* new FlagError({
        reason: "Meaningless",
        where: `--machine ${flags.machine.join(",")}`,
        what: "holds experts for good, it does not cache them",
        hint: "give a machine with memory behind the unit, such as offload-pcie5, or run `moira simulate`"
      })
    yield* checkCacheSizes(flags)
    yield* runShort(offloadDocument(store, flags), { out, json, quiet, printExperiment: shown })
  })
).pipe(
  Command.withDescription("Simulate expert caches of one unit with memory behind it"),
  Command.withExamples([
    {
      command: "moira offload twin.moira --machine offload-pcie5 --strategy lru,belady --cache 25%,50%",
      description: "one GPU with experts in host memory: two cache policies, two sizes"
    }
  ]),
  listed(12)
)

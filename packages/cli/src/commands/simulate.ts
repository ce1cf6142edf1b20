import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { buildMachines, defaultKvReserveShare, usual, usualPolicies } from "@moira/pipeline"
import { offloadDocument, simulateDocument } from "../documents/simulate.ts"
import { backendOptions, machineChoice } from "../inputs/machine.ts"
import { placementChoice } from "../inputs/placement.ts"
import { printExperiment, runShort } from "../runs/short-command.ts"
import { listed } from "../command.ts"
import {
  common,
  machineFlags,
  nameList,
  numberList,
  runnerFlags,
  seed,
  usualWorkers,
  wholeIn
} from "../flags/shared.ts"
import { sampleFlag } from "../flags/sample.ts"
import { weightFlag } from "../flags/weights.ts"
import { checkCacheSizes, offloadFlags, refuseOffloadFlags, refuseOtherFlags } from "../flags/offload.ts"

export default Command.make(
  "simulate",
  {
    store: Argument.String("store").pipe(Argument.withDescription("directory of a store")),
    machine: nameList("machine").pipe(
      Flag.withDescription("machine names, such as dojo, tsmc-sow, dojo-enhanced; or a .json spec")
    ),
    strategy: nameList("strategy").pipe(
      Flag.optional,
      Flag.withDescription(
        `strategies: names, packages or paths; ${usual.simulate.strategies.join(",")} when left out, and the cache policies ${usualPolicies.join(",")} of machines that cache experts`
      )
    ),
    batch: numberList("batch", 1).pipe(
      Flag.optional,
      Flag.withDescription(
        `requests that decode together; ${usual.simulate.batch} when left out, 1 on machines that cache experts`
      )
    ),
    steps: wholeIn("steps", 1, 1_000_000).pipe(
      Flag.optional,
      Flag.withDescription(
        `most decode steps to simulate; ${usual.simulate.steps} when left out, all of them on machines that cache experts`
      )
    ),
    network: Flag.String("network").pipe(
      Flag.withDefault<string>(usual.simulate.network),
      Flag.withDescription("network model: name, package or path")
    ),
    flowTolerance: Flag.Finite("flow-tolerance").pipe(
      Flag.optional,
      Flag.withDescription(
        "how far `flow` may be from exact, as a share of a layer step, such as 2e-4, to be many times faster; exact when left out"
      )
    ),
    ...machineFlags,
    controller: Flag.String("controller").pipe(
      Flag.optional,
      Flag.withDescription(
        "who decides where work goes, such as host-cpu; the machine's usual controller when left out"
      )
    ),
    tokenTraffic: Flag.Literals("token-traffic", ["modelled", "ignored"]).pipe(
      Flag.withDefault("modelled" as const),
      Flag.withDescription("send activations between units, or leave them out as the study does")
    ),
    bytesPerWeight: weightFlag.pipe(
      Flag.optional,
      Flag.withDescription(
        "bytes of a weight in traffic, or their format with its scales; the model's serving format when left out"
      )
    ),
    blockTokens: Flag.Int("block-tokens").pipe(
      Flag.optional,
      Flag.withDescription("requests of an expert that allocators hand out at a time; 50 as in the study when left out")
    ),
    warmUp: wholeIn("warm-up", 1, 1_000_000).pipe(
      Flag.optional,
      Flag.withDescription(
        "decode steps that run before the counted ones, so that copies and caches are filled; none when left out"
      )
    ),
    sample: sampleFlag.pipe(
      Flag.optional,
      Flag.withDescription(
        "only so many layers and steps, as 8 or 8x16, for a first look: results say how far off they may be"
      )
    ),
    verify: Flag.Boolean("verify").pipe(
      Flag.withDefault(false),
      Flag.withDescription("run the closed form beside the network model and fail where they disagree")
    ),
    ...runnerFlags(usualWorkers(8), "worker threads; results do not depend on it"),
    placement: nameList("placement").pipe(
      Flag.optional,
      Flag.withDescription(
        "where experts lie instead of where the strategies put them: optimizers, placed by the prompts, or files that `moira place` wrote"
      )
    ),
    slots: wholeIn("slots", 0, 4096).pipe(
      Flag.optional,
      Flag.withDescription("spare slots a unit, which optimizers may fill with copies")
    ),
    allRequests: Flag.Boolean("all-requests").pipe(
      Flag.withDefault(false),
      Flag.withDescription("run also the requests that made a --placement file, which are left out otherwise")
    ),
    baseline: Flag.String("baseline").pipe(
      Flag.optional,
      Flag.withDescription("strategy that speed-ups are over, one of those run; ep, what engines do, when left out")
    ),
    kvReserve: Flag.Finite("kv-reserve").pipe(
      Flag.optional,
      Flag.withDescription(
        `share of each unit's memory kept for the KV cache, so that copies of experts get the rest; ${defaultKvReserveShare} when left out`
      )
    ),
    copies: wholeIn("copies", 0, 4096).pipe(
      Flag.optional,
      Flag.withDescription(
        "copies of a layer's experts that a unit may get ahead, at most; the strategies' own limit when left out"
      )
    ),
    allocator: Flag.String("allocator").pipe(
      Flag.optional,
      Flag.withDescription("who shares out tokens among copies, instead of the strategies' own: name, package or path")
    ),
    ...offloadFlags,
    seed,
    out: Flag.String("out").pipe(
      Flag.optional,
      Flag.withDescription(
        "directory for simulation.json, or offload.json of machines that cache experts; or a file, NAME.json"
      )
    ),
    ...printExperiment,
    ...common
  },
  Effect.fnUntraced(function* ({ store, json, quiet, workers, runner, out, printExperiment: shown, ...flags }) {
    const choices = yield* Effect.forEach(flags.machine, machineChoice)
    const { caching } = yield* buildMachines(choices.map((machine) => ({ machine, ...backendOptions(flags) })))
    const output = { out, json, quiet, printExperiment: shown }
    if (caching) {
      yield* refuseOtherFlags(flags)
      yield* checkCacheSizes(flags)
      return yield* runShort(offloadDocument(store, flags), output)
    }
    yield* refuseOffloadFlags(flags, flags.machine.join(","))
    // Read here, so that a file that is none is told by its flag.
    if (Option.isSome(flags.placement)) yield* Effect.forEach(flags.placement.value, placementChoice)
    yield* runShort(simulateDocument(store, flags), { ...output, runner, workers })
  })
).pipe(
  Command.withDescription("Simulate decode batches of a store on a machine"),
  Command.withExamples([
    {
      command: "moira simulate twin.moira --machine dojo --strategy ep,lplb,moira --batch 4096,16384",
      description: "three strategies on two batches"
    },
    {
      command: "moira simulate twin.moira --machine offload-pcie5 --strategy lru,belady --cache 25%,50%",
      description: "one GPU with experts in host memory: two cache policies, two sizes"
    }
  ]),
  listed(11)
)

import { given } from "@moira/core"
import { saveText } from "@moira/core/node"
import {
  advise,
  balanceOfCounts,
  balanceOfStore,
  type PlaceTraffic,
  refuseTrace,
  usualBatches,
  usualKvReserveShare
} from "@moira/pipeline"
import { documentText } from "@moira/results"
import { isCountsStore, openCounts, storeLayer } from "@moira/trace/node"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as path from "node:path"
import { listed } from "../command.ts"
import { common, machineFlags, numberList, whole, wholeIn } from "../flags/shared.ts"
import { readCounts } from "../inputs/counts.ts"
import { backendOptions, machineChoice } from "../inputs/machine.ts"
import { isStore, phases, trafficFlags, type TrafficFlags, withTraffic } from "../inputs/traffic.ts"
import { adviceText } from "../terminal/advice-text.ts"
import { tellInputWarnings } from "../terminal/input-warnings.ts"
import { note, print } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"

/** Workloads of a counts store that place and judge where nobody says: the first of prompts, and the first of decode steps. */
const usualWorkloads = Effect.fnUntraced(function* <F extends TrafficFlags>(input: string, flags: F) {
  if (!isCountsStore(input) || Option.isSome(flags.workload) || Option.isSome(flags.score)) return flags
  const { workloads } = (yield* openCounts(input)).manifest
  if (workloads.length < 2) return flags
  const ofPhase = (phase: string) => workloads.find((one) => one.phase === phase)
  const judging = ofPhase("decode") ?? workloads.at(-1)!
  const placing = ofPhase("prefill") ?? workloads.find((one) => one !== judging)!
  return { ...flags, workload: Option.some(placing.workload), score: Option.some(judging.workload) }
})

/** How even the load is, over all that the input holds. */
const balanceOf = Effect.fnUntraced(function* (
  input: string,
  { judge, heldOut, seed, model }: TrafficFlags,
  { units, maxSlots }: { readonly units: number; readonly maxSlots: number }
) {
  const options = { units, maxSlots, split: { seed, heldOutShare: heldOut } }
  if (isStore(input)) return yield* balanceOfStore({ ...options, phase: judge }).pipe(Effect.provide(storeLayer(input)))
  if (!isCountsStore(input)) {
    const { counts } = yield* readCounts(input, given({ model: Option.getOrUndefined(model) }))
    return balanceOfCounts([counts], options)
  }
  const { manifest, read } = yield* openCounts(input)
  return balanceOfCounts(yield* Effect.forEach(manifest.workloads, ({ workload }) => read(workload)), options)
})

/** Flags as they were given, to be given again; those left out, or as they usually are, stay out. */
const words = (
  flags: Readonly<Record<string, string | number | ReadonlyArray<string> | undefined>>
): ReadonlyArray<string> =>
  Object.entries(flags).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, typeof value === "object" ? value.join(",") : String(value)]
  )

/** `--phase` for what neither `--fit` nor `--judge` say. */
const ofPhase = <F extends TrafficFlags & { readonly phase: Option.Option<TrafficFlags["judge"]> }>(flags: F): F =>
  Option.match(flags.phase, {
    onNone: () => flags,
    onSome: (phase) => ({
      ...flags,
      fit: Option.orElseSome(flags.fit, () => phase),
      judge: flags.judge === "decode" ? phase : flags.judge
    })
  })

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
    batch: numberList("batch", 1, usualBatches.join(",")).pipe(
      Flag.withDescription(`tokens of one layer step, all units together; ${usualBatches.join(",")} when left out`)
    ),
    slots: whole("slots", 4, 0, 4096).pipe(Flag.withDescription("most spare slots a unit to consider")),
    optimizer: Flag.String("optimizer").pipe(
      Flag.withDefault("moira"),
      Flag.withDescription("placement optimizer: name, package or path")
    ),
    steps: wholeIn("steps", 1, 1_000_000).pipe(
      Flag.optional,
      Flag.withDescription("most decode steps that judge, as `moira simulate` runs them; 32 when left out")
    ),
    kvReserve: Flag.Finite("kv-reserve").pipe(
      Flag.withDefault(usualKvReserveShare),
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
    out: Flag.String("out").pipe(Flag.optional, Flag.withDescription("directory for advice.json")),
    ...common
  },
  Effect.fnUntraced(function* ({ input, json, quiet, ...asked }) {
    const flags = yield* usualWorkloads(input, ofPhase(asked))
    const { heldOut, judge, seed } = flags
    if (isStore(input) && Option.isNone(flags.score))
      yield* refuseTrace(input, judge, { seed, heldOutShare: heldOut }).pipe(Effect.provide(storeLayer(input)))
    const value = Option.getOrUndefined
    const options = {
      machine: yield* machineChoice(flags.machine),
      ...backendOptions(flags),
      ...Option.match(flags.units, { onNone: () => ({}), onSome: (units) => ({ units }) }),
      ...Option.match(flags.steps, { onNone: () => ({}), onSome: (steps) => ({ steps }) }),
      optimizer: flags.optimizer,
      batches: [...new Set(flags.batch)].toSorted((a, b) => a - b),
      maxSlots: flags.slots,
      kvReserveShare: flags.kvReserve,
      seed,
      asked: {
        input,
        isTrace: isStore(input),
        machine: words({
          machine: flags.machine,
          backend: value(flags.backend),
          set: value(flags.set),
          units: value(flags.units)
        }),
        traffic: words({
          workload: value(flags.workload),
          model: value(flags.model),
          score: value(flags.score),
          fit: value(flags.fit),
          judge: judge === "decode" ? undefined : judge,
          "held-out": heldOut === 0.5 ? undefined : heldOut,
          seed: seed === 1 ? undefined : seed
        })
      }
    }
    const balance = (size: { readonly units: number; readonly maxSlots: number }) => balanceOf(input, flags, size)
    const answered = withTraffic(input, flags, (traffic: PlaceTraffic) => advise(options, traffic, balance))
    const document = yield* withProgress(answered, quiet)
    yield* tellInputWarnings(document)
    for (const warning of document.advice.warnings) yield* note(`warning: ${warning}`)
    if (Option.isSome(flags.out)) {
      const file = path.join(flags.out.value, "advice.json")
      yield* saveText(file, documentText(document))
      yield* note(`wrote ${file}`)
    }
    yield* print(json ? documentText(document) : adviceText(document.advice))
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

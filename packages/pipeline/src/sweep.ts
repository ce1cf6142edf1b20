/** Runs every strategy x batch on a machine over the provided trace. */
import { networkKind, type PlacedBy } from "@moira/hardware"
import { allocatorKind, residencyKind } from "@moira/allocation"
import { optimizerKind } from "@moira/placement"
import {
  compareRuns,
  type ExperimentPoint,
  runPoints,
  SimulationError,
  strategyKind,
  type PointPlugin,
  pointPlugin,
  pluginsOf
} from "@moira/simulator"
import { given, listReferences, loadPlugin, version } from "@moira/core"
import { type Made, type RunResult, type SimulationDocument } from "@moira/results"
import { type TraceReader, TraceStore } from "@moira/trace"
import { Effect } from "effect"
import { findMachine, type MachineChoice } from "./machine/find.ts"
import { inputOf } from "./document.ts"
import { readPlacement } from "./place/files.ts"
import { sizedMachine } from "./machine/sized.ts"
import { baseName, type PlacementFile } from "./place/options.ts"

export interface SweepOptions {
  readonly machines: ReadonlyArray<MachineChoice>
  /** Of all machines: name, package or path; found by the machine's name when left out. */
  readonly backend?: string
  /** Parts of the machines' specs to replace, as KEY=VALUE. */
  readonly changes?: ReadonlyArray<string>
  /** Network model: name, package or path. */
  readonly network: string
  /** How far the network model's times may be from exact, as a share of a layer step; exact when left out. */
  readonly flowTolerance?: number
  /** Names, packages or paths. */
  readonly strategies: ReadonlyArray<string>
  /** Requests that decode together. */
  readonly batches: ReadonlyArray<number>
  /** Most decode steps to simulate. */
  readonly steps: number
  /** Whether activations are sent between units, or left out as the study does. */
  readonly tokenTraffic: "modelled" | "ignored"
  /** Of a weight in traffic; the model's serving format when left out. */
  readonly bytesPerWeight?: number
  /** Tokens of an expert that allocators hand out at a time. */
  readonly blockTokens?: number
  /** Decode steps that run before the counted ones; none when left out. */
  readonly warmUpSteps?: number
  /** Layers and decode steps that are simulated instead of all, for a first look. */
  readonly sample?: { readonly layers: number; readonly steps: number }
  /** Who decides where work goes; the machine's usual controller when left out. */
  readonly controller?: string
  /** Strategy that speed-ups are over; `ep`, what engines do, when left out. */
  readonly baseline?: string
  /** Share of each unit's memory that is kept for the KV cache, beside what the machine reserves; 0.3 when left out. */
  readonly kvReserveShare?: number
  /** Copies of one layer that may be made ahead on a unit, at most; the strategies' own limit when left out. */
  readonly maxCopies?: number
  /** Runs the closed form beside the network model, and fails where they disagree. */
  readonly verify?: boolean
  readonly seed: number
  /** Units of each machine; as many as it has when left out. */
  readonly units?: number
  /** Optimizers by name, package or path, or files with placements, instead of the strategies' own. */
  readonly placements?: ReadonlyArray<string | PlacementFile>
  /** Instead of the strategies' own allocator, and instead of what they let stay. */
  readonly allocator?: string
  readonly residency?: string
  /** Spare slots a unit; none when left out. */
  readonly spareSlots?: number
  /** Which requests of the trace run: `unseen`, the usual ones, leaves out those that made a placement of a file. */
  readonly requests?: "unseen" | "all"
}

/** What to place by: an optimizer's module, or what a file says for a machine of so many units. */
interface PlacementChoice {
  readonly name: string
  readonly plugin: PointPlugin
  readonly file?: PlacementFile
}

const placementChoice = Effect.fnUntraced(function* (choice: string | PlacementFile, from?: string) {
  if (typeof choice === "string") {
    const found = yield* loadPlugin(optimizerKind, choice, from)
    return { name: found.plugin.id, plugin: pointPlugin(optimizerKind, found) } satisfies PlacementChoice
  }
  const plugin = pointPlugin(optimizerKind, yield* loadPlugin(optimizerKind, "contiguous"))
  return { name: baseName(choice), plugin, file: choice } satisfies PlacementChoice
})

/** The requests that no placement of these files has seen, where they say what made them. */
const unseen = Effect.fnUntraced(function* ([first, ...others]: ReadonlyArray<PlacedBy>) {
  if (first === undefined) return undefined
  const { heldOutShare, seed } = first
  const other = others.find((of) => of.seed !== seed || of.heldOutShare !== heldOutShare)
  if (other === undefined) return { heldOutShare, seed }
  return yield* new SimulationError({
    reason: "BadOption",
    where: "--placement",
    what: "the files were placed by different requests of this trace, so the same requests cannot judge them",
    hint: "place with the same --held-out and --seed, or simulate all requests with --all-requests"
  })
})

/** Every combination as points, with all names resolved, so that a wrong name fails before anything runs. */
const makePoints = Effect.fn("pipeline.makePoints")(function* (
  request: SweepOptions,
  { manifest: { model, contentSha256 }, opener }: TraceReader
) {
  const { steps, tokenTraffic, bytesPerWeight, blockTokens, controller, spareSlots, seed, units, changes, backend } =
    request
  const network = pointPlugin(networkKind, yield* loadPlugin(networkKind, request.network))
  const own = request.placements === undefined
  const files = (request.placements ?? []).some((choice) => typeof choice !== "string")
  const machines = yield* Effect.forEach(
    request.machines,
    Effect.fnUntraced(function* (machine) {
      const asked = {
        machine,
        ...(backend === undefined ? {} : { backend }),
        ...(changes === undefined ? {} : { changes })
      }
      // Only a number of units or a placement file asks for a machine that is built already.
      if (units === undefined && !files) return { named: yield* findMachine(asked), units: 0 }
      const { named, fabric } = yield* sizedMachine(units === undefined ? asked : { ...asked, units })
      return { named, units: fabric.units }
    })
  )
  const strategies = yield* Effect.forEach(
    request.strategies,
    Effect.fnUntraced(function* (name) {
      const { plugin: strategy, module: from } = yield* loadPlugin(strategyKind, name)
      // What a strategy names is seen from its own file, what a user names from where the user is.
      const allocator =
        request.allocator === undefined
          ? yield* loadPlugin(allocatorKind, strategy.allocator, from)
          : yield* loadPlugin(allocatorKind, request.allocator)
      return {
        strategy: strategy.name,
        ...given({ decides: strategy.decides, taskOrder: strategy.taskOrder }),
        placements:
          request.placements === undefined
            ? [yield* placementChoice(strategy.placement, from)]
            : yield* Effect.forEach(request.placements, (choice) => placementChoice(choice)),
        allocator: pointPlugin(allocatorKind, allocator),
        residency: pointPlugin(
          residencyKind,
          request.residency === undefined
            ? yield* loadPlugin(residencyKind, strategy.residency ?? "fixed", from)
            : yield* loadPlugin(residencyKind, request.residency)
        )
      }
    })
  )
  const optional = given({
    bytesPerWeight,
    blockTokens,
    warmUpSteps: request.warmUpSteps,
    sample: request.sample,
    flowTolerance: request.flowTolerance,
    kvReserveShare: request.kvReserveShare,
    maxCopies: request.maxCopies,
    verify: request.verify === true ? true : undefined,
    controller,
    spareSlots
  })
  const trace = { contentSha256, ...(opener === undefined ? {} : { location: opener.location }) }
  const points: Array<ExperimentPoint> = []
  const placedBy: Array<PlacedBy> = []
  for (const machine of machines) {
    for (const batch of request.batches) {
      for (const { strategy, placements, ...parts } of strategies) {
        for (const { name, plugin, file } of placements) {
          const layout = file === undefined ? undefined : yield* readPlacement(file, model, machine.units)
          if (layout?.placedBy?.trace === contentSha256) placedBy.push(layout.placedBy)
          points.push({
            trace,
            ...machine.named,
            ...parts,
            strategy: own ? strategy : `${strategy} on ${name}`,
            optimizer: plugin,
            network,
            batch,
            steps,
            tokenTraffic,
            seed,
            ...optional,
            ...(layout === undefined ? {} : { placement: { name, layout } })
          })
        }
      }
    }
  }
  const heldOut = request.requests === "all" ? undefined : yield* unseen(placedBy)
  return heldOut === undefined ? points : points.map((point) => ({ ...point, heldOut }))
})

const notRun = (baseline: string, names: ReadonlyArray<string | undefined>) =>
  new SimulationError({
    reason: "BadOption",
    where: `--baseline ${baseline}`,
    what: "not among the strategies that run",
    hint: `name one of ${names.join(", ")}, or add it with --strategy`
  })

/** The points of a request in their order, and the strategy that speed-ups are over; nothing runs. */
export const sweepPoints = Effect.fn("pipeline.sweepPoints")(function* (request: SweepOptions, store: TraceReader) {
  const { baseline = "ep" } = request
  const points = yield* makePoints(request, store)
  const names = [...new Set(points.map(({ strategy }) => strategy))]
  if (request.baseline !== undefined && !names.some((name) => name === baseline || name?.startsWith(`${baseline} on `)))
    return yield* notRun(baseline, names)
  return { points, baseline }
})

/** The result document of points and their runs, in the same order. */
export const simulationOf = (
  points: ReadonlyArray<ExperimentPoint>,
  runs: ReadonlyArray<RunResult>,
  baseline: string,
  store: TraceReader
): Made<SimulationDocument> => ({
  schema: "moira-simulation/1",
  moira: version,
  plugins: listReferences(points.flatMap(pluginsOf)),
  input: inputOf(store),
  baseline,
  runs: compareRuns(runs, baseline)
})

/** Runs every machine x batch x strategy x placement over the provided trace; which threads do so is the runner's to say. */
export const sweep = Effect.fn("pipeline.sweep")(function* (request: SweepOptions) {
  const store = yield* TraceStore
  const { points, baseline } = yield* sweepPoints(request, store)
  return simulationOf(points, yield* runPoints(points), baseline, store)
})

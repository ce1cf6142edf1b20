/** `run: simulate`: strategies on machines, as `moira simulate`. */
import { canonicalText, given, sha256 } from "@moira/core"
import { Effect } from "effect"
import { pointIdentity } from "@moira/simulator"
import { TraceStore } from "@moira/trace"
import { simulationOf, sweepPoints, type SweepOptions } from "../../sweep.ts"
import type { PlacementFile } from "../../place/options.ts"
import { ExperimentInputs } from "../inputs.ts"
import type { Simulate } from "../schema.ts"
import { usual } from "../usual.ts"
import { builtMachine, listOf, machinesOf, traceOf, useOf } from "./asked.ts"
import type { ExperimentRun } from "./kind.ts"
import { metricsOnly } from "./keep.ts"

type Document = typeof Simulate.Type

/** A document as a request to {@link sweepPoints}, digests of the files that it names, and what its machines are. */
const sweepOf = Effect.fnUntraced(function* (document: Document) {
  const { machine, seed = usual.seed, stages = {}, options = {} } = document
  const { machines, sized, files } = yield* machinesOf(machine)
  const inputs = yield* ExperimentInputs
  const placements: Array<string | PlacementFile> = []
  for (const choice of stages.optimizer === undefined ? [] : listOf(stages.optimizer)) {
    if (typeof choice === "string") placements.push(choice)
    else {
      const file = yield* inputs.text(choice.file)
      files[choice.file] = sha256(file.text)
      placements.push(file)
    }
  }
  const { batch, steps, requests, ...others } = options
  const { network } = stages
  const flowTolerance = typeof network === "object" && network.tolerance !== 0 ? network.tolerance : undefined
  const request: SweepOptions = {
    ...others,
    machines,
    ...sized,
    network: useOf(network, usual.simulate.network),
    strategies: listOf(stages.strategy ?? usual.simulate.strategies),
    batches: listOf(batch ?? usual.simulate.batch),
    steps: steps ?? usual.simulate.steps,
    tokenTraffic: options.tokenTraffic ?? "modelled",
    requests: requests ?? "unseen",
    seed,
    ...given({ flowTolerance, allocator: stages.allocator, residency: stages.residency }),
    ...(placements.length === 0 ? {} : { placements })
  }
  const built = yield* Effect.forEach(machines, (one) => builtMachine({ ...sized, machine: one }))
  return { request, files, built }
})

const simulate: ExperimentRun<"simulate"> = {
  run: "simulate",
  file: "simulation.json",
  prepare: Effect.fn("experiment.simulate")(function* (document, source) {
    const store = yield* traceOf("simulate", source)
    const { request, files, built } = yield* sweepOf(document)
    const planned = yield* sweepPoints(request, store).pipe(Effect.provideService(TraceStore, store))
    const { points, baseline } = planned
    return {
      identity: { baseline, machines: built, points: points.map(pointIdentity) },
      files,
      work: {
        shared: {
          window: canonicalText(windowOf(points)),
          points,
          assemble: (runs) => {
            const made = simulationOf(points, runs, baseline, store)
            return { document: document.keep === "metrics" ? metricsOnly(made) : made }
          }
        }
      }
    }
  })
}

/** What the part of a trace depends on that points read: those with the same may be run over one. */
const windowOf = (
  points: ReadonlyArray<{
    readonly batch: number
    readonly steps: number
    readonly warmUpSteps?: number
    readonly heldOut?: unknown
    readonly residency: { readonly module: string }
  }>
) => ({
  requests: Math.max(...points.map(({ batch }) => batch)),
  steps: Math.max(...points.map(({ warmUpSteps = 0, steps }) => warmUpSteps + steps)),
  heldOut: points[0]?.heldOut,
  residencies: [...new Set(points.map(({ residency }) => residency.module))].toSorted()
})

export default simulate

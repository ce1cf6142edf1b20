/** Simulates the provided trace on the stages that are provided: one machine, network, optimizer, allocator and residency. */
import { Allocator, allocatorKind, Residency, residencyKind } from "@moira/allocation"
import { listReferences, referenceOf, version } from "@moira/core"
import { Hardware, Network, networkKind } from "@moira/hardware"
import { optimizerKind, PlacementOptimizer } from "@moira/placement"
import type { Made, SimulationDocument } from "@moira/results"
import {
  candidatesFor,
  loadKnowledge,
  loadWindow,
  simulate as simulateWindow,
  type SimulateOptions
} from "@moira/simulator"
import { TraceStore } from "@moira/trace"
import { Effect, Option } from "effect"
import { inputOf } from "./document.ts"

/**
 * One run with every stage as a service, so that swapping a stage is swapping its layer: `Hardware`, `Network`,
 * `PlacementOptimizer`, `Allocator` and, where copies may stay, `Residency`. {@link sweep} compares many by name.
 */
export const simulate = Effect.fn("pipeline.simulate")(function* (options: SimulateOptions) {
  const { batch, steps, warmUpSteps = 0 } = options
  const store = yield* TraceStore
  const decode = yield* loadWindow({ requests: batch, steps: warmUpSteps + steps })
  const residency = Option.getOrUndefined(yield* Effect.serviceOption(Residency))
  const candidates = candidatesFor(residency === undefined ? [] : [residency])
  const window = { ...decode, knowledge: yield* loadKnowledge({ requests: batch, candidates }) }
  const { reference } = yield* Hardware
  const document: Made<SimulationDocument> = {
    schema: "moira-simulation/1",
    moira: version,
    plugins: listReferences([
      reference,
      referenceOf(networkKind, yield* Network),
      referenceOf(optimizerKind, yield* PlacementOptimizer),
      referenceOf(allocatorKind, yield* Allocator),
      ...(residency === undefined ? [] : [referenceOf(residencyKind, residency)])
    ]),
    input: inputOf(store),
    runs: [yield* simulateWindow(window, options)]
  }
  return document
})

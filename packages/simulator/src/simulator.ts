/** Simulates one experiment point with the services that are provided: swapping a stage is swapping a layer. */
import { Effect } from "effect"
import { fabricOf, Hardware, Network } from "@moira/hardware"
import { Allocator, PlacementOptimizer } from "@moira/placement"
import { expertParameters, formatCount, type RunResult } from "@moira/trace"
import { makeBatch } from "./batch.ts"
import { runMetrics, runSeries, summariseMachine } from "./run-result.ts"
import { simulateBatch } from "./simulate-batch.ts"
import { type DecodeWindow, SimulationError } from "./window.ts"

export interface SimulateOptions {
  /** Name of the strategy in results; the placement's and allocator's ids when left out. */
  readonly strategy?: string
  readonly batch: number
  readonly steps: number
  readonly tokenTraffic?: "modelled" | "ignored"
  /** Bytes of one weight for traffic; the model's serving format when left out. */
  readonly bytesPerWeight?: number
  /** Seed of every draw; recorded, so that a run can be repeated. */
  readonly seed?: number
}

const positive = (name: string, value: number) =>
  Number.isSafeInteger(value) && value > 0
    ? Effect.void
    : Effect.fail(
        new SimulationError({
          reason: "BadOption",
          where: `--${name} ${value}`,
          what: "not a whole number above 0",
          hint: `for example --${name} 4096`
        })
      )

const warnings = (window: DecodeWindow, options: SimulateOptions): ReadonlyArray<string> => [
  ...(window.requests < options.batch
    ? [
        `the trace has ${formatCount(window.requests)} requests: each was used up to ` +
          `${Math.ceil(options.batch / window.requests)} times to fill the batch of ${formatCount(options.batch)}`
      ]
    : []),
  ...(window.steps < options.steps
    ? [`the longest request has ${window.steps} decode tokens: ${window.steps} of ${options.steps} steps were run`]
    : [])
]

/** One run over a window that {@link loadWindow} read; needs the machine, network, optimizer and allocator. */
export const simulate = Effect.fn("simulator.simulate")(function* (window: DecodeWindow, options: SimulateOptions) {
  const hardware = yield* Hardware
  const network = yield* Network
  const optimizer = yield* PlacementOptimizer
  const allocator = yield* Allocator
  yield* positive("batch", options.batch)
  yield* positive("steps", options.steps)
  const { model, layers } = window
  const fabric = fabricOf(hardware.machine)
  const placement = yield* optimizer.place({
    model,
    layers,
    fabric,
    expertBytes: expertParameters(model) * model.servingBytesPerWeight,
    spareSlots: 0
  })
  const tokenTraffic = options.tokenTraffic ?? "modelled"
  const bytesPerWeight = options.bytesPerWeight ?? model.servingBytesPerWeight
  const batch = makeBatch(window, options.batch)
  const parts = { fabric, engine: hardware.engine, network, placement, allocator }
  const totals = simulateBatch(batch, parts, { steps: options.steps, tokenTraffic, bytesPerWeight })
  const result: RunResult = {
    machine: summariseMachine(hardware, fabric),
    strategy: {
      name: options.strategy ?? `${optimizer.id}+${allocator.id}`,
      placement: optimizer.id,
      allocator: allocator.id
    },
    network: network.id,
    batch: options.batch,
    steps: totals.layerSteps / layers.length,
    tokenTraffic,
    bytesPerWeight,
    seed: options.seed ?? 1,
    metrics: runMetrics(totals, fabric),
    ...runSeries(totals, fabric, layers),
    warnings: warnings(window, options)
  }
  return result
})

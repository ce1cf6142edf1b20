/** How long layer steps take under a layout: the simulator's own steps, which every command that speaks of time takes. */
import atHome from "@moira/allocation/allocators/at-home"
import { Allocator } from "@moira/allocation"
import { type BuiltHardware, Hardware, Network, type Placement } from "@moira/hardware"
import bottleneck from "@moira/hardware/networks/bottleneck"
import contiguous from "@moira/placement/optimizers/contiguous"
import { PlacementOptimizer } from "@moira/placement"
import { type DecodeWindow, simulate } from "@moira/simulator"
import { Effect } from "effect"
import type { NamedMachine } from "../machine/find.ts"

/** Decode steps that are simulated where nothing else is said. */
export const usualSteps = 32

/** Pairs of units that all layers of the steps that judge may have in all, where nobody asks for steps: 2 ** 28. */
const maxPairs = 2 ** 28

/** Steps that judge at least. */
const minSteps = 4

/** {@link usualSteps}, or fewer where the machine has so many units that these would take minutes. */
export const fittingSteps = (units: number, layers: number): number =>
  Math.min(usualSteps, Math.max(minSteps, Math.floor(maxPairs / (layers * units ** 2))))

/** Activations are sent, or left out, which tells the experts' part apart. */
export type TokenTraffic = "modelled" | "ignored"

/** Where steps run. Whatever is not here is as `moira simulate --strategy ep` has it. */
export interface StepSetting {
  readonly hardware: BuiltHardware
  /** How other threads find the same machine; all runs in this one where left out. */
  readonly named?: NamedMachine
  /** Tokens of one layer step, all units together. */
  readonly batchTokens: number
  /** Most decode steps. */
  readonly steps: number
}

/** Of all layer steps of a run. */
export interface StepRun {
  /** Mean of a layer step. */
  readonly layerTimePs: number
  /** By metric id; see the metric table. */
  readonly metrics: Readonly<Record<string, number>>
  readonly steps: number
  readonly warnings: ReadonlyArray<string>
}

/**
 * Runs the window's decode steps with experts where the placement puts them: work goes where they lie, copies share evenly,
 * activations are sent.
 */
export const stepRun = Effect.fn("pipeline.stepRun")(function* (
  window: DecodeWindow,
  layout: Placement,
  { hardware, batchTokens: batch, steps }: StepSetting,
  tokenTraffic: TokenTraffic = "modelled"
) {
  const placement = { name: "layout", layout }
  const run = yield* simulate(window, { strategy: "ep", batch, steps, placement, tokenTraffic }).pipe(
    Effect.provideService(Hardware, hardware),
    Effect.provide([Network.layer(bottleneck), PlacementOptimizer.layer(contiguous), Allocator.layer(atHome)])
  )
  return {
    layerTimePs: run.metrics["layer_time_ps"]!,
    metrics: run.metrics,
    steps: run.steps,
    warnings: run.warnings
  } satisfies StepRun
})

/** What results of a run warn of. */
import { formatBytes, formatCount } from "@moira/core"
import { type Machine, uncountedEnergy } from "@moira/hardware"
import type { DecodeWindow } from "../window/window.ts"

interface Asked {
  readonly batch: number
  readonly steps: number
  readonly warmUpSteps?: number
  readonly heldOut?: unknown
}

/** What a run says of its requests and steps. */
export const runWarnings = (window: DecodeWindow, options: Asked, stepsRun: number): ReadonlyArray<string> => [
  ...(options.heldOut === undefined
    ? []
    : ["the requests that made the placement are left out: the others judge it; --all-requests runs both"]),
  ...(window.requests < options.batch
    ? [
        `the trace has ${formatCount(window.requests)} requests: each was used up to ` +
          `${Math.ceil(options.batch / window.requests)} times to fill the batch of ${formatCount(options.batch)}`
      ]
    : []),
  ...(stepsRun < options.steps
    ? [
        `the longest request has ${stepsRun + (options.warmUpSteps ?? 0)} decode tokens: ${stepsRun} of ${options.steps} steps were run` +
          (options.warmUpSteps === undefined ? "" : ` after ${options.warmUpSteps} to warm up`)
      ]
    : [])
]

export const energyGap = ({ energy }: Machine): ReadonlyArray<string> => {
  const gap = uncountedEnergy(energy)
  return gap === undefined ? [] : [gap]
}

/** Experts under way to a unit have to lie somewhere until they are computed: said where neither cache nor free memory could hold them. */
export const inFlightGap = (
  bytes: number,
  fit: Uint32Array,
  expertBytes: number,
  layers: number
): ReadonlyArray<string> => {
  const free = fit.reduce((a, b) => Math.min(a, b), Infinity) * expertBytes * layers
  return bytes <= free
    ? []
    : [
        `up to ${formatBytes(bytes)} of experts are under way to a unit at once, and its memory has ${formatBytes(free)} left for them`
      ]
}

/** Runs as result documents hold them, each with all its parameters by name. */
import { given } from "@moira/core"
import type { Input, MachineSummary, ParameterValue, RunResult, SimulationDocument } from "@moira/results"
import { numbersAndWords } from "./spec-parameters.ts"

/** Values of parameters by name; the seed is none of them. */
export type At = Readonly<Record<string, ParameterValue>>

export interface ObservedRun {
  /** Number of the document that it is of. */
  readonly source: number
  readonly at: At
  readonly seed: number
  /** Parameters that its sweep varies; undefined of a run that is of none. */
  readonly declared?: ReadonlyArray<string>
  readonly machine: MachineSummary
  /** An oracle or a bound, which nobody can serve with. */
  readonly yardstick: boolean
  /** Finite ones only. */
  readonly metrics: Readonly<Record<string, number>>
  /** Parts of its time with their shares; empty where it does not tell them apart. */
  readonly parts: Readonly<Record<string, number>>
  readonly busiest?: RunResult["busiest"]
  readonly warnings: ReadonlyArray<string>
}

/** The machine without the changes and the size that are told in its name, `dojo` of `dojo with linkBytesPerSec=3.4e12, 16 units`. */
export const familyOf = ({ name }: MachineSummary): string => name.replace(/ with .*$/, "").replace(/, \d+ units$/, "")

export const traceParameters = ({ model, contentSha256 }: Input): At => ({ model, trace: contentSha256.slice(0, 12) })

export const machineParameters = (machine: MachineSummary): At => ({
  machine: familyOf(machine),
  backend: machine.backend,
  units: machine.units.length,
  ...numbersAndWords(machine.spec, "machine.")
})

/** Infinite numbers and what is none say nothing. */
export const finite = (metrics: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)))

const boundShare = /^bound_(.+)_share$/

const partsOf = (metrics: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(metrics).flatMap(([id, share]) => {
      const part = boundShare.exec(id)?.[1]
      return part === undefined ? [] : [[part, share]]
    })
  )

/** What a run of `moira simulate` was made with. */
const runParameters = (run: RunResult): At => ({
  ...machineParameters(run.machine),
  strategy: run.strategy.name,
  placement: run.strategy.placement,
  allocator: run.strategy.allocator,
  residency: run.strategy.residency,
  controller: run.controller ?? "none",
  network: run.network,
  batch: run.batch,
  steps: run.steps,
  tokenTraffic: run.tokenTraffic,
  bytesPerWeight: run.bytesPerWeight,
  blockTokens: run.blockTokens ?? "usual",
  warmUpSteps: run.warmUpSteps ?? 0,
  kvReserveShare: run.kvReserveShare ?? "usual",
  maxCopies: run.maxCopies ?? "usual",
  heldOut: run.heldOut === undefined ? "all requests" : JSON.stringify(run.heldOut),
  ...given({ decides: run.strategy.decides, taskOrder: run.strategy.taskOrder })
})

const yardstick = /oracle|bound/i

export const simulationRuns = ({ input, runs }: SimulationDocument, source: number): ReadonlyArray<ObservedRun> =>
  runs.map((run) => {
    const metrics = finite(run.metrics)
    const { name, placement, allocator } = run.strategy
    return {
      source,
      at: { ...traceParameters(input), result: "simulation", ...runParameters(run) },
      seed: run.seed,
      machine: run.machine,
      yardstick: yardstick.test(`${name} ${placement} ${allocator}`),
      metrics,
      parts: partsOf(metrics),
      ...given({ busiest: run.busiest }),
      warnings: run.warnings
    }
  })

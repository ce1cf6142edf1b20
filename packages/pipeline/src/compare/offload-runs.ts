/** Expert caches as runs: policies are strategies, what is waited for are the parts of the time. */
import type { OffloadDocument } from "@moira/results"
import { finite, machineParameters, type ObservedRun, traceParameters } from "./observed.ts"

/** Time that layer steps wait for experts to arrive, and the rest. */
const partsOf = ({ stall_share: stall }: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  stall === undefined ? {} : { stall, experts: 1 - stall }

export const offloadRuns = ({ input, seed, offload }: OffloadDocument, source: number): ReadonlyArray<ObservedRun> => {
  const { scope, cachePredictor, prefetchPredictor, prefetchFor, bytesPerWeight, betweenPs } = offload
  const machines = new Map(offload.machines.map((machine) => [machine.name, machine]))
  return offload.runs.flatMap((run) => {
    const machine = machines.get(run.machine)
    if (machine === undefined) return []
    const metrics = finite(run.metrics)
    return [
      {
        source,
        at: {
          ...traceParameters(input),
          result: "offload",
          ...machineParameters(machine),
          strategy: run.strategy,
          slots: run.slots,
          prefetch: run.prefetch,
          prefetchFor,
          scope,
          cachePredictor: cachePredictor ?? "none",
          prefetchPredictor: prefetchPredictor ?? "none",
          batch: run.batch,
          bytesPerWeight,
          betweenPs
        },
        seed,
        machine,
        yardstick: run.knows === "future",
        metrics,
        parts: partsOf(metrics),
        warnings: []
      }
    ]
  })
}

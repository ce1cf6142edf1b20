/** The one error of simulating expert caches, and the machines that are refused before the first step. */
import { taggedProblem } from "@moira/core"
import { type Machine, machineFault } from "@moira/hardware"

/** Why a run was refused: the trace has no decode tokens, an option or the machine cannot be. */
export class OffloadError extends taggedProblem("OffloadError", ["NoDecodeTokens", "BadOption", "BadMachine"]) {}

/** An impossible machine, such as one with a link of no bandwidth. */
export const refuseMachine = (name: string, machine: Machine): OffloadError | undefined => {
  const what = machineFault(machine)
  if (what === undefined) return undefined
  return new OffloadError({
    reason: "BadMachine",
    where: `machine ${name}`,
    what,
    hint: "rates must be above 0 and every unit must reach every other; run the backend through the conformance kit"
  })
}

/** The one error of simulating expert caches, and the machines that are refused before the first step. */
import { Effect } from "effect"
import { taggedProblem } from "@moira/core"
import { type Machine, machineFault } from "@moira/hardware"

/** Why a run was refused: the trace has no decode tokens, an option or the machine cannot be. */
export class OffloadError extends taggedProblem("OffloadError", ["NoDecodeTokens", "BadOption", "BadMachine"]) {}

/** Fails for an impossible machine, such as one with a link of no bandwidth. */
export const refuseMachine = Effect.fnUntraced(function* (
  name: string,
  machine: Machine
): Effect.fn.Return<void, OffloadError> {
  const what = machineFault(machine)
  if (what === undefined) return
  return yield* new OffloadError({
    reason: "BadMachine",
    where: `machine ${name}`,
    what,
    hint: "rates must be above 0 and every unit must reach every other; run the backend through the conformance kit"
  })
})

/** The task that runners are tried with: what each input does is in the input. */
import { Effect } from "effect"
import { taggedProblem } from "../problem.ts"
import type { Task } from "../runner.ts"
import { sharedBytes } from "../shared-bytes.ts"

/** What trials fail with. */
export class TrialError extends taggedProblem("TrialError", ["Refused", "Spoilt"]) {}

export interface Trial {
  /** `refuse` lets `prepare` fail for all inputs; `wait` never ends. */
  readonly act: "square" | "throw" | "throwTyped" | "wait" | "refuse"
  readonly n: number
  /** Before anything else; 0 where left out. */
  readonly sleepMs?: number
}

export interface TrialShared {
  /** Another one for each time that `prepare` ran. */
  readonly token: string
  /** Inputs that `prepare` was given. */
  readonly inputs: number
  /** How many trials run now. */
  readonly running: Int32Array
}

export interface TrialOutput {
  readonly square: number
  readonly token: string
  readonly inputs: number
  readonly atOnce: number
}

const spoilt = (reason: "Refused" | "Spoilt", n: number) =>
  new TrialError({ reason, where: `trial ${n}`, what: "it is to fail", hint: "leave it out" })

const act = ({ act: what, n }: Trial): number | Promise<never> => {
  if (what === "throw") throw new RangeError(`${n} is out of range`)
  if (what === "throwTyped") throw spoilt("Spoilt", n)
  return what === "wait" ? new Promise<never>(() => undefined) : n * n
}

const trialTask: Task<Trial, TrialShared, TrialOutput, TrialError> = {
  module: () => import.meta.resolve("@moira/core/testing/trial-task"),
  prepare: (inputs) => {
    const refused = inputs.find((trial) => trial.act === "refuse")
    if (refused !== undefined) return Effect.fail(spoilt("Refused", refused.n))
    return Effect.sync(() => ({
      token: crypto.randomUUID(),
      inputs: inputs.length,
      running: new Int32Array(sharedBytes(4))
    }))
  },
  run: async (trial, { token, inputs, running }) => {
    const now = Atomics.add(running, 0, 1) + 1
    try {
      await new Promise((resolve) => setTimeout(resolve, trial.sleepMs ?? 0))
      return { square: await act(trial), token, inputs, atOnce: Math.max(now, Atomics.load(running, 0)) }
    } finally {
      Atomics.sub(running, 0, 1)
    }
  }
}

export default trialTask

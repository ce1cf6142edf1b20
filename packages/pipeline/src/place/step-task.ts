/** The task of judging over threads: the steps of a window under one layout. Each thread builds the machine once. */
import type { Task } from "@moira/core"
import type { Placement } from "@moira/hardware"
import type { DecodeWindow } from "@moira/simulator"
import { Effect } from "effect"
import type { NamedMachine } from "../machine/find.ts"
import { hardwareOf } from "./hardware-of.ts"
import { stepRun, type StepRun, type TokenTraffic } from "./step-times.ts"

/** Plain data. */
export interface StepJob {
  readonly layout: Placement
  readonly tokenTraffic: TokenTraffic
}

/** What all jobs share: plain data, the window's selections in memory that threads share. */
export interface StepShared {
  readonly window: DecodeWindow
  readonly named: NamedMachine
  readonly batchTokens: number
  readonly steps: number
}

const stepTask: Task<StepJob, StepShared, StepRun> = {
  module: () => import.meta.resolve("@moira/pipeline/step-task"),
  run: async ({ layout, tokenTraffic }, { window, named, batchTokens, steps }) => {
    const hardware = await hardwareOf(named)
    return Effect.runPromise(stepRun(window, layout, { hardware, batchTokens, steps }, tokenTraffic))
  },
  isAnswer: (value) => typeof value === "object" && value !== null
}

export default stepTask

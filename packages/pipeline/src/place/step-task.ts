/** The task of judging over threads: the steps of a window under one layout. Each thread builds the machine once. */
import { importPlugin, type Task } from "@moira/core"
import { backendKind, type BuiltHardware, Hardware, type Placement } from "@moira/hardware"
import type { DecodeWindow } from "@moira/simulator"
import { Effect } from "effect"
import type { NamedMachine } from "../machine/find.ts"
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

/** The machine that was asked for last: windows change, and a machine of a thousand units takes longer to build than a step. */
let last: { readonly key: string; readonly hardware: Promise<BuiltHardware> } | undefined

const hardwareOf = ({ backend, machine }: NamedMachine): Promise<BuiltHardware> => {
  const key = JSON.stringify([backend.module, machine])
  if (last?.key === key) return last.hardware
  const built = Effect.flatMap(importPlugin(backendKind, backend.module), (plugin) =>
    Hardware.pipe(Effect.provide(Hardware.layer(plugin, machine)))
  )
  last = { key, hardware: Effect.runPromise(built) }
  return last.hardware
}

const stepTask: Task<StepJob, StepShared, StepRun> = {
  module: () => import.meta.resolve("@moira/pipeline/step-task"),
  run: async ({ layout, tokenTraffic }, { window, named, batchTokens, steps }) => {
    const hardware = await hardwareOf(named)
    return Effect.runPromise(stepRun(window, layout, { hardware, batchTokens, steps }, tokenTraffic))
  }
}

export default stepTask

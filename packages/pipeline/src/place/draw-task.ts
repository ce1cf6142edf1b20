/** The task of intervals over threads: the steps of one draw under all layouts. Each thread builds the machine once. */
import type { Task } from "@moira/core"
import type { Placement } from "@moira/hardware"
import { Effect } from "effect"
import type { NamedMachine } from "../machine/find.ts"
import { hardwareOf } from "./hardware-of.ts"
import { drawnStepCount, type Redraw, redrawn } from "./redraw.ts"
import { stepRun, type StepSetting } from "./step-times.ts"

/** Plain data. */
export interface DrawShared {
  readonly again: Redraw
  readonly layouts: ReadonlyArray<Placement>
  readonly named: NamedMachine
}

/** Picoseconds of a mean layer step of a draw, by layout. */
export const drawTimes = Effect.fnUntraced(function* (
  again: Redraw,
  draw: number,
  layouts: ReadonlyArray<Placement>,
  hardware: StepSetting["hardware"]
) {
  const window = redrawn(again, draw)
  const setting = { hardware, batchTokens: again.batchTokens, steps: drawnStepCount }
  const times: Array<number> = []
  for (const layout of layouts) {
    times.push((yield* stepRun(window, layout, setting)).layerTimePs)
    yield* Effect.yieldNow
  }
  return times
})

const drawTask: Task<number, DrawShared, ReadonlyArray<number>> = {
  module: () => import.meta.resolve("@moira/pipeline/draw-task"),
  run: async (draw, { again, layouts, named }) =>
    Effect.runPromise(drawTimes(again, draw, layouts, await hardwareOf(named)))
}

export default drawTask

/** What a caller may choose, and what that means for one trace. */
import { defaultSplit, type Groups, heldOutMembers, type Split } from "@moira/core/statistics"
import { requestGroups, type TaskHalves, taskHalves, type TraceContext } from "@moira/trace"

export interface SpatialOptions {
  /** Which requests choose and which judge; half and half when left out. */
  readonly split?: Split
  /** Seed of the bootstrap and of random halves; the split's when left out. */
  readonly seed?: number
  /** Share of the experts that coverage takes; the study's 0.2 when left out. */
  readonly topShare?: number
  /** Draws of the bootstrap; 400 when left out. */
  readonly draws?: number
  /** Real numbers of the layers with profiles and heatmaps; a lower, a middle and an upper one when left out. */
  readonly layers?: ReadonlyArray<number>
  /** Experts named in a profile or a layer's list; 10 when left out. */
  readonly topExperts?: number
}

/** The options with their defaults, worked out for one trace. */
export interface Settings {
  /** Requests that were not drawn apart: whole groups are held out and drawn again. */
  readonly groups: Groups
  /** 1 for each held-out request. */
  readonly heldOut: Uint8Array
  /** Halves of the tasks, which choose and judge for one another; undefined where there is one task. */
  readonly tasks: TaskHalves | undefined
  readonly topShare: number
  readonly bootstrap: { readonly seed: number; readonly draws: number; readonly groups?: Groups }
  readonly layers: ReadonlyArray<number> | undefined
  readonly topExperts: number
}

export const settingsFor = (context: TraceContext, options: SpatialOptions): Settings => {
  const { split = defaultSplit, topShare = 0.2, draws = 400, layers, topExperts = 10 } = options
  if (!(topShare > 0 && topShare <= 1)) throw new RangeError(`topShare ${topShare} is not in (0, 1]`)
  if (!(Number.isInteger(draws) && draws > 0)) throw new RangeError(`draws ${draws} is not a positive whole number`)
  const groups = requestGroups(context.requests)
  return {
    groups,
    heldOut: heldOutMembers(groups, split),
    tasks: taskHalves(context.requests, split.seed),
    topShare,
    bootstrap: { seed: options.seed ?? split.seed, draws, groups },
    layers,
    topExperts
  }
}

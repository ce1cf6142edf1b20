/** What a caller may choose, and what that means for one trace. */
import { defaultSplit, type Groups, heldOutMembers, type Split } from "@moira/core/statistics"
import { random, substream } from "@moira/core"
import { requestGroups, type TaskHalves, taskHalves, type TraceContext } from "@moira/trace"

export interface TemporalOptions {
  /** Which requests choose and which judge; half and half when left out. */
  readonly split?: Split
  /** Seed of the bootstrap; the split's when left out. */
  readonly seed?: number
  /** Share of the candidates that coverage takes; the study's 0.2 when left out. */
  readonly topShare?: number
  /** Draws of the bootstrap; 400 when left out. */
  readonly draws?: number
  /** Real numbers of the layers whose heatmaps are kept; a lower, a middle and an upper one when left out. */
  readonly layers?: ReadonlyArray<number>
  /** Windows of decode steps whose drift is measured, at most; 8 when left out. */
  readonly windows?: number
  /** Blocks of requests whose drift is measured, at most, 255 being the limit; 8 when left out. */
  readonly blocks?: number
  /** Random splits that the noise floor of a drift is made of, at most 32; 19 when left out, so p is 0.05 or more. */
  readonly shuffles?: number
  /** Requests that decode side by side, for reuse distances; 1 and 8 when left out. */
  readonly batches?: ReadonlyArray<number>
}

/** The options with their defaults, worked out for one trace. */
export interface Settings {
  /** Requests that were not drawn apart: whole groups are held out, drawn again and put in random orders. */
  readonly groups: Groups
  /** 1 for each held-out request. */
  readonly heldOut: Uint8Array
  /** Halves of the tasks, which choose and judge for one another; undefined where there is one task. */
  readonly tasks: TaskHalves | undefined
  readonly topShare: number
  readonly bootstrap: { readonly seed: number; readonly draws: number; readonly groups: Groups }
  readonly layers: ReadonlyArray<number> | undefined
  readonly split: Split
  readonly windows: number
  readonly blocks: number
  readonly shuffles: number
  readonly batches: ReadonlyArray<number>
  /** By request: bit d is set where random split d swaps the windows of that request, and of all its group. */
  readonly swaps: Uint32Array
}

const wholeIn = (name: string, value: number, least: number, most: number): void => {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new RangeError(`${name} ${value} is not a whole number from ${least} to ${most}`)
}

export const settingsFor = (context: TraceContext, options: TemporalOptions): Settings => {
  const { split = defaultSplit, topShare = 0.2, draws = 400, layers } = options
  const { windows = 8, blocks = 8, shuffles = 19, batches = [1, 8] } = options
  const seed = options.seed ?? split.seed
  if (!(topShare > 0 && topShare <= 1)) throw new RangeError(`topShare ${topShare} is not in (0, 1]`)
  if (!(Number.isInteger(draws) && draws > 0)) throw new RangeError(`draws ${draws} is not a positive whole number`)
  wholeIn("windows", windows, 1, 4096)
  wholeIn("blocks", blocks, 2, 255)
  wholeIn("shuffles", shuffles, 1, 32)
  for (const batch of batches) wholeIn("batch", batch, 1, 0xffff_ffff)
  const { uint32 } = random(substream(seed, "drift over decode position"))
  const groups = requestGroups(context.requests)
  const swaps = Uint32Array.from({ length: groups.count }, uint32)
  return {
    groups,
    heldOut: heldOutMembers(groups, split),
    tasks: taskHalves(context.requests, split.seed),
    topShare,
    bootstrap: { seed, draws, groups },
    layers,
    split,
    windows,
    blocks,
    shuffles,
    batches,
    swaps: groups.of.map((group) => swaps[group]!)
  }
}

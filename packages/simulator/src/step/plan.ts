/** Which layers and decode steps of a batch run, and how many each of them stands for. */
import { aliveTokens, type Batch } from "../window/batch.ts"

/** One of a list, and how many of the list it stands for: 1, or more in a sample. */
export interface Chosen {
  readonly index: number
  readonly weight: number
}

export interface PlannedStep extends Chosen {
  readonly layers: ReadonlyArray<Chosen>
}

export interface Plan {
  /** Steps that count, ascending, each with its layers of the window. */
  readonly steps: ReadonlyArray<PlannedStep>
  /** Steps before these that run and count for nothing. */
  readonly warmUp: ReadonlyArray<number>
  /** Layers that run while it warms up, and whose copies are counted at the end. */
  readonly layers: ReadonlyArray<Chosen>
  /** What was drawn, where not all runs: layers, the same at every step; or layers and steps, other layers at each. */
  readonly drawn?: "layers" | "layers of steps"
}

const all = (from: number, to: number): ReadonlyArray<Chosen> =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => ({ index: from + i, weight: 1 }))

/** Decode steps that run at most: until `steps` after the warm-up, or until no request is alive. */
const lastStep = (batch: Batch, steps: number, warmUpSteps: number): number => {
  let end = Math.min(warmUpSteps + steps, batch.window.steps)
  while (end > 0 && aliveTokens(batch, end - 1) === 0) end--
  return end
}

/** All layers, and all steps until no request is alive. */
export const wholePlan = (batch: Batch, steps: number, warmUpSteps = 0): Plan => {
  const end = lastStep(batch, steps, warmUpSteps)
  const layers = all(0, batch.window.layers.length)
  return {
    steps: all(warmUpSteps, end).map((step) => ({ ...step, layers })),
    warmUp: all(0, Math.min(warmUpSteps, end)).map(({ index }) => index),
    layers
  }
}

type Below = (n: number) => number

/** Cuts a list into `n` stretches, as even as can be; of one each where it is no longer than that. */
const stretches = <A>(list: ReadonlyArray<A>, n: number): ReadonlyArray<ReadonlyArray<A>> => {
  const count = Math.min(n, list.length)
  const cut = (h: number): number => Math.floor((h * list.length) / count)
  return Array.from({ length: count }, (_, h) => list.slice(cut(h), cut(h + 1)))
}

/** In an order drawn anew. */
const shuffled = <A>(list: ReadonlyArray<A>, below: Below): ReadonlyArray<A> => {
  const out = [...list]
  for (let i = out.length - 1; i > 0; i--) {
    const j = below(i + 1)
    const other = out[j]!
    out[j] = out[i]!
    out[i] = other
  }
  return out
}

/**
 * Some layers and steps of a whole plan, evenly: one of each stretch. Where steps may be left out every step has layers of its own, the
 * next of each stretch in an order that is drawn once, so that few steps see most layers. Else all steps run, with the same layers.
 */
export const drawPlan = (
  plan: Plan,
  sample: { readonly layers: number; readonly steps: number },
  skipsSteps: boolean,
  below: Below
): Plan => {
  if (skipsSteps && plan.steps.length > 1) {
    const steps = stretches(plan.steps, sample.steps).map((stretch) => ({
      ...stretch[below(stretch.length)]!,
      weight: stretch.length
    }))
    const orders = stretches(plan.layers, sample.layers).map((stretch) => shuffled(stretch, below))
    const layersOf = (t: number) =>
      orders.map((order) => ({ index: order[t % order.length]!.index, weight: order.length }))
    return {
      steps: steps.map((step, t) => ({ ...step, layers: layersOf(t) })),
      warmUp: [],
      layers: plan.layers,
      drawn: "layers of steps"
    }
  }
  const layers = stretches(plan.layers, sample.layers).map((stretch) => ({
    index: stretch[below(stretch.length)]!.index,
    weight: stretch.length
  }))
  return { steps: plan.steps.map((step) => ({ ...step, layers })), warmUp: plan.warmUp, layers, drawn: "layers" }
}

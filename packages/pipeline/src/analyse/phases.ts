/** Which prefill and decode counts belong together, and how far they agree (Ob3 of counts). */
import { substream } from "@moira/core"
import { frequencyCeiling, overlap } from "@moira/temporal"
import { mean, meanOfKnown, spearman } from "@moira/core/statistics"
import { type CountsPhaseLayer, type CountsPhases } from "@moira/results"
import { type ExpertCounts, isDegenerate, sumSteps } from "@moira/trace"

/** What a workload is called and when it was recorded. */
export type Labelled = Pick<ExpertCounts, "workload" | "phase">

/** What is left of a label without its phase: `decode_in1000out1000` and `prefill_in1000out1000` are one workload. */
const base = ({ workload }: Labelled): string =>
  workload
    .toLowerCase()
    .replaceAll(/prefill|decode/g, "")
    .replaceAll(/[^a-z0-9]+/g, " ")
    .trim()

const only = <A>(values: ReadonlyArray<A>): A | undefined => (values.length === 1 ? values[0] : undefined)

/**
 * Prefill and decode counts that belong together: those whose labels differ in the phase alone, or the only two. Where
 * several have the same label without the phase, none is matched.
 */
export const matchPhases = <A extends Labelled>(
  workloads: ReadonlyArray<A>
): ReadonlyArray<readonly [prefill: A, decode: A]> => {
  const prefill = workloads.filter(({ phase }) => phase === "prefill")
  const decode = workloads.filter(({ phase }) => phase === "decode")
  const lone = [only(prefill), only(decode)] as const
  if (lone[0] !== undefined && lone[1] !== undefined) return [[lone[0], lone[1]]]
  return prefill.flatMap((one) => {
    const same = (other: A) => base(other) === base(one)
    const match = only(decode.filter(same))
    return match === undefined || only(prefill.filter(same)) === undefined ? [] : [[one, match] as const]
  })
}

/** Agreement of two workloads of the same shape, layer by layer; layers that lack counts in one are left out. */
export const comparePhases = (prefill: ExpertCounts, decode: ExpertCounts): CountsPhases => {
  const { experts } = prefill
  const [before, after] = [sumSteps(prefill), sumSteps(decode)]
  const layers = prefill.layers.flatMap((layer, l): ReadonlyArray<CountsPhaseLayer> => {
    const a = before.subarray(l * experts, (l + 1) * experts)
    const b = after.subarray(l * experts, (l + 1) * experts)
    if (!a.some((count) => count > 0) || !b.some((count) => count > 0)) return []
    return [
      {
        layer,
        degenerate: isDegenerate(a) || isDegenerate(b),
        rhoFrequency: spearman(a, b),
        overlapTop5: overlap(a, b, 5),
        overlapTop10: overlap(a, b, 10),
        overlapTop20: overlap(a, b, 20),
        ceiling: frequencyCeiling(a, b, substream(1, prefill.workload, decode.workload, layer))
      }
    ]
  })
  const usual = layers.filter((layer) => !layer.degenerate)
  const ceilings = usual.flatMap((layer) => layer.ceiling ?? [])
  const of = (pick: (layer: CountsPhaseLayer) => number) => mean(usual.map(pick))
  return {
    prefill: prefill.workload,
    decode: decode.workload,
    layers,
    mean:
      usual.length === 0
        ? null
        : {
            rhoFrequency: meanOfKnown(usual.map((layer) => layer.rhoFrequency)),
            overlapTop5: of((layer) => layer.overlapTop5),
            overlapTop10: of((layer) => layer.overlapTop10),
            overlapTop20: of((layer) => layer.overlapTop20),
            ceiling: {
              rhoFrequency: meanOfKnown(ceilings.map(({ rhoFrequency }) => rhoFrequency)),
              overlapTop5: meanOfKnown(ceilings.map(({ overlapTop5 }) => overlapTop5)),
              overlapTop10: meanOfKnown(ceilings.map(({ overlapTop10 }) => overlapTop10)),
              overlapTop20: meanOfKnown(ceilings.map(({ overlapTop20 }) => overlapTop20))
            }
          }
  }
}

/** How even loads are, from a trace: one pass over layers, memory of one layer. */
import {
  type Accumulator,
  countExperts,
  layerwise,
  type LayerwiseState,
  type LayerSelections,
  onlyPhase,
  onlySample,
  requestGroups,
  type TraceContext
} from "@moira/trace"
import { type BalanceEvidence } from "@moira/results"
import { type Groups, heldOutMask } from "@moira/core/statistics"
import { random, substream } from "@moira/core"
import { concludeBalance } from "./conclude.ts"
import { drawBundles, measureLayer, type MeasuredLayer } from "./measure-layer.ts"
import { type ImbalanceOptions, type ImbalanceSettings, imbalanceSettings } from "./options.ts"

/** Most bundles that judging requests are put into, at random, so that resampling costs the same for any trace. */
const maxBundles = 256

/** Who chooses, who judges in which bundle, and which bundles each draw takes: the same at every layer. */
interface Plan {
  readonly heldOut: Uint8Array
  /** Bundle of each judging request, -1 for those that choose. */
  readonly bundleOf: Int32Array
  readonly bundles: number
  readonly drawn: Uint32Array
}

/** Whole groups of requests choose, or judge in one bundle. */
const planFor = (groups: Groups, { split, draws }: ImbalanceSettings): Plan => {
  const heldOut = heldOutMask(groups.count, split)
  const judges = Array.from({ length: groups.count }, (_, g) => g).filter((g) => heldOut[g] === 1)
  const bundles = Math.min(maxBundles, judges.length)
  const { below } = random(substream(split.seed, "balance"))
  for (let i = judges.length - 1; i > 0; i--) {
    const j = below(i + 1)
    const swapped = judges[i]!
    judges[i] = judges[j]!
    judges[j] = swapped
  }
  const bundleOf = new Int32Array(groups.count).fill(-1)
  judges.forEach((g, i) => (bundleOf[g] = i % bundles))
  const drawn = Uint32Array.from({ length: bundles < 2 ? 0 : draws * bundles }, () => below(bundles))
  return {
    heldOut: Uint8Array.from(groups.of, (g) => heldOut[g]!),
    bundleOf: Int32Array.from(groups.of, (g) => bundleOf[g]!),
    bundles,
    drawn
  }
}

const usual =
  "a layout is chosen on one half of the requests and judged on the other, taken as one large batch; " +
  "the interval is a bootstrap over the judging requests"

/** Folds a trace into the evidence; see {@link ImbalanceOptions}. */
export const imbalance = (
  context: TraceContext,
  options: ImbalanceOptions
): Accumulator<LayerwiseState<MeasuredLayer | undefined>, BalanceEvidence> => {
  const settings = imbalanceSettings(options, context.model.experts)
  const { draws, phase } = settings
  const only = onlySample(context.requests)
  const groups = requestGroups(context.requests)
  const { heldOut, bundleOf, bundles, drawn } = planFor(groups, settings)

  const summarise = (chunks: ReadonlyArray<LayerSelections>): MeasuredLayer | undefined => {
    const { experts, layer } = chunks[0]!
    const sides = { choose: new Uint32Array(experts), judge: new Uint32Array(experts) }
    const halves = [new Uint32Array(experts), new Uint32Array(experts)] as const
    const judging = new Float64Array(bundles * experts)
    const own = new Uint32Array(experts)
    for (const { ids, offsets, firstRequest, requests: held, topK } of chunks) {
      for (let r = 0; r < held; r++) {
        const request = firstRequest + r
        own.fill(0)
        countExperts(ids, offsets[r]! * topK, offsets[r + 1]! * topK, experts, own)
        const side = heldOut[request] === 1 ? sides.judge : sides.choose
        const half = halves[2 * groups.of[request]! < groups.count ? 0 : 1]
        const at = bundleOf[request]! * experts
        for (let e = 0; e < experts; e++) {
          side[e]! += own[e]!
          half[e]! += own[e]!
          if (at >= 0) judging[at + e]! += own[e]!
        }
      }
    }
    const resample = drawn.length === 0 ? undefined : drawBundles(judging, bundles, drawn)
    return measureLayer({ layer, ...sides, halves }, settings, resample, draws)
  }

  return layerwise(context, {
    id: "spatial.balance",
    summarise: (_, chunks) => summarise(chunks.map(({ current }) => onlyPhase(current, phase))),
    thin: () => undefined,
    conclude: (all) =>
      concludeBalance({
        trials: [all.filter((layer) => layer !== undefined)],
        layers: context.layers,
        settings,
        samples: "requests",
        method: usual,
        why:
          only !== undefined
            ? `${only} cannot both choose a layout and judge it`
            : `no layer has ${phase === "both" ? "selections" : `${phase} selections`} on both sides of the split`
      })
  })
}

import { meanOfKnown } from "@moira/core/statistics"
import { bestEfficiency } from "@moira/hardware"
import { expertTimeOf, type GpuName, gpus, type LayerQuestion, predictLayer } from "@moira/multi-gpu"
import { namedBars } from "../figures/named-bars.ts"
import { expertMatrices, expertWidth, type Model, sharedParameters } from "@moira/core"
import type { ReproducedRow } from "../document.ts"
import { Effect } from "effect"
import { storeCounts } from "../expert-counts.ts"
import { decodeAttention, prefillAttention } from "../latent-attention.ts"
import type { Reproduction } from "../reproduction.ts"

/** The study's sequence length. */
const context = 4096

/** A way to serve the model: phase, cluster, expert parallelism and tokens of a layer step on each GPU. */
interface Serving {
  readonly phase: "prefill" | "decode"
  readonly gpu: GpuName
  readonly ranks: number
  readonly gpusPerServer: number
  readonly perRank: number
  /** With copies; as many as there are experts when left out. */
  readonly slots?: number
}

const servings: ReadonlyArray<Serving> = [
  { phase: "decode", gpu: "h200", ranks: 8, gpusPerServer: 8, perRank: 32 },
  { phase: "decode", gpu: "h100", ranks: 16, gpusPerServer: 8, perRank: 32 },
  { phase: "decode", gpu: "h100", ranks: 32, gpusPerServer: 8, perRank: 64 },
  { phase: "decode", gpu: "h100", ranks: 32, gpusPerServer: 8, perRank: 128, slots: 288 },
  { phase: "decode", gpu: "h100", ranks: 144, gpusPerServer: 8, perRank: 128, slots: 288 },
  { phase: "decode", gpu: "b200", ranks: 8, gpusPerServer: 8, perRank: 128 },
  { phase: "decode", gpu: "gb200", ranks: 72, gpusPerServer: 72, perRank: 128, slots: 288 },
  { phase: "prefill", gpu: "h100", ranks: 32, gpusPerServer: 8, perRank: context, slots: 288 },
  { phase: "prefill", gpu: "b200", ranks: 8, gpusPerServer: 8, perRank: context }
]

const nameOf = ({ phase, gpu, ranks, perRank, slots }: Serving): string =>
  `${phase} on ${ranks} ${gpu.toUpperCase()}, ${perRank.toLocaleString("en-US")} tokens each` +
  (slots === undefined ? "" : `, ${slots} slots`)

/** Parts of one layer's latency, microseconds. */
interface Parts {
  readonly allToAll: number
  readonly moe: number
  readonly attention: number
  readonly cache: number
}

/** Expert counts decide routing; the mean over the layers that they are of. */
const partsOf = (serving: Serving, model: Model, counts: ReadonlyArray<ArrayLike<number>>): Parts => {
  const { phase, gpu, perRank } = serving
  const { expertFfn, experts, topK } = model
  const [fp8, bf16] = [expertTimeOf(gpus[gpu], "fp8")!, expertTimeOf(gpus[gpu], "bfloat16")!]
  const achieved = {
    memoryBytesPerSec: bf16.bytesPerSec,
    fp8FlopsPerSec: fp8.peakFlopsPerSec * bestEfficiency(fp8),
    bf16FlopsPerSec: bf16.peakFlopsPerSec * bestEfficiency(bf16)
  }
  const question: Omit<LayerQuestion, "distribution"> = {
    gpu,
    ranks: serving.ranks,
    gpusPerServer: serving.gpusPerServer,
    tokens: { perRank },
    experts,
    topK,
    hidden: expertWidth(model),
    expertFfn,
    matrices: expertMatrices(model),
    dtype: "fp8",
    ...(serving.slots === undefined ? {} : { slots: serving.slots, placement: "balanced" as const }),
    draws: 1
  }
  const layers = counts.map((own) => predictLayer({ ...question, distribution: { kind: "counts", counts: own } }))
  const mean = (part: (layer: (typeof layers)[number]) => number) => (meanOfKnown(layers.map(part)) ?? 0) / 1e6
  const shared = sharedParameters(model)
  const sharedUs = 1e6 * Math.max(shared / achieved.memoryBytesPerSec, (2 * shared * perRank) / achieved.fp8FlopsPerSec)
  const attention = (phase === "decode" ? decodeAttention : prefillAttention)(achieved, perRank, context)
  return {
    allToAll: mean(
      ({ dispatchNoticePs, dispatchPs, combineNoticePs, combinePs }) =>
        dispatchNoticePs + dispatchPs + combineNoticePs + combinePs
    ),
    moe: mean(({ expertsPs }) => expertsPs) + sharedUs,
    attention: attention.weightsPs / 1e6,
    cache: attention.cachePs / 1e6
  }
}

const shares: ReadonlyArray<readonly [what: string, part: (parts: Parts) => number]> = [
  ["all-to-all and MoE", ({ allToAll, moe }) => allToAll + moe],
  ["all-to-all", ({ allToAll }) => allToAll],
  ["MoE weights and arithmetic", ({ moe }) => moe],
  ["attention projections", ({ attention }) => attention],
  ["KV cache and attention", ({ cache }) => cache]
]

const whole = ({ allToAll, moe, attention, cache }: Parts): number => allToAll + moe + attention + cache

/** One bar a configuration, its parts as shares of the layer, grouped by phase. */
const drawingOf = (model: Model, measured: ReadonlyArray<{ readonly serving: Serving; readonly parts: Parts }>) =>
  namedBars({
    id: "breakdown",
    title: `${model.title}: where the latency of a layer goes`,
    caption:
      "Share of one MoE layer's latency, 4,096 tokens of context, routed as in the twin. The study has all-to-all and MoE together at 60 to 90 %. " +
      "Microseconds are of the whole layer.",
    axis: "Share of the layer (%)",
    format: (percent) => `${percent.toFixed(0)} %`,
    groups: (["decode", "prefill"] as const).map((phase) => ({
      title: phase,
      bars: measured
        .filter(({ serving }) => serving.phase === phase)
        .map(({ serving, parts }) => ({
          label: nameOf(serving).slice(`${phase} on `.length),
          parts: shares.slice(1).map(([name, part]) => ({ name, value: (100 * part(parts)) / whole(parts) })),
          text: `${((100 * shares[0]![1](parts)) / whole(parts)).toFixed(0)} %`,
          note: `${whole(parts).toFixed(0)} µs`
        }))
    }))
  })

/** Figure 2: where the latency of a layer goes. */
export default {
  contract: "reproduction/v1",
  title: "Figure 2: data movement of DeepSeek-V3, 4K sequences",
  claim: "MoE all-to-all and MoE weights are 60 to 90 % of the latency in every serving configuration looked at.",
  figures: [],
  run: Effect.fnUntraced(function* (bench) {
    const rows: Array<ReproducedRow> = []
    const drawings: Array<ReturnType<typeof drawingOf>> = []
    for (const subject of bench.subjects.filter(({ model }) => model.id === "deepseek-v3")) {
      const measured: Array<{ readonly serving: Serving; readonly parts: Parts }> = []
      for (const serving of servings) {
        const twin = partsOf(serving, subject.model, yield* storeCounts(subject.twin, serving.phase))
        measured.push({ serving, parts: twin })
        const real =
          subject.real === undefined
            ? undefined
            : partsOf(serving, subject.model, yield* storeCounts(subject.real, serving.phase))
        const row = { model: subject.model.title }
        shares.forEach(([what, part], i) => {
          rows.push({
            ...row,
            what: `${nameOf(serving)}: ${what}`,
            unit: "percent",
            published: i === 0 ? { from: 60, to: 90 } : null,
            twin: (100 * part(twin)) / whole(twin),
            real: real === undefined ? null : (100 * part(real)) / whole(real)
          })
        })
        rows.push({
          ...row,
          what: `${nameOf(serving)}: one MoE layer`,
          unit: "microseconds",
          published: null,
          twin: whole(twin),
          real: real === undefined ? null : whole(real)
        })
      }
      drawings.push(drawingOf(subject.model, measured))
    }
    return {
      rows,
      documents: [],
      drawings: drawings.filter((drawing) => drawing !== undefined),
      notes: [
        "The study's configurations are not given in a form that can be rebuilt: these are ours, DeepSeek's own of 32 GPUs for prefill and 144 for decode among them.",
        "Modelled, not measured. One of the 58 MoE layers, the mean of them; the 3 dense layers, embedding and sampling are left out. Parts follow each other: nothing is overlapped, neither two micro-batches nor the shared expert.",
        "Routing: each expert with the frequency that it has in the trace's own prefill or decode, tokens independent of each other; experts contiguous, or 32 copies placed for the very traffic where slots are named.",
        "All-to-all and routed experts: fitted to one H100 and one node of eight (fp8 experts; low-latency kernels up to 128 tokens a GPU, high-throughput ones on 20 multiprocessors above); other GPUs and NICs scaled by data sheet. Shared expert: roofline at the same achieved rates, counted with MoE.",
        "Attention: data parallel, all weights on every GPU in 8 bits; roofline at achieved rates, plus 7 kernels of 2.4 us; latent cache of 576 values of 16 bits a token and layer, 4,096 tokens a request, decode with absorbed projections. KV cache and attention: reading the cache or multiplying with it, whichever is longer.",
        "Fixed times of the MoE kernels (28 us of launches, routing and sums a layer) are measured without a CPU in the way; they are MoE's at small batches, where they tell."
      ]
    }
  })
} satisfies Reproduction

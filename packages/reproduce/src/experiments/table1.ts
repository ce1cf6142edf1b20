import type { ReproducedRow } from "../document.ts"
import { dojo, dojoEnhanced, tsmcSow, type WaferSpec } from "@moira/wafer"
import { Effect } from "effect"
import type { Reproduction } from "../reproduction.ts"

/** One column of Table I, and where it is in our spec. */
interface Field {
  readonly what: string
  readonly ours: (spec: WaferSpec) => number | undefined
}

/** The columns that differ, in the order of {@link published}. */
const columns: ReadonlyArray<Field> = [
  { what: "mesh, columns", ours: ({ columns: across }) => across },
  { what: "mesh, rows", ours: ({ rows }) => rows },
  { what: "HBM bandwidth of a die, TB/s", ours: ({ hbmBytesPerSec }) => hbmBytesPerSec / 1e12 },
  { what: "bandwidth of a link, TB/s", ours: ({ linkBytesPerSec }) => linkBytesPerSec / 1e12 },
  { what: "HBM of a die, GB", ours: ({ hbmBytes }) => hbmBytes / 1e9 },
  { what: "FP16 of a die, TFLOPS", ours: ({ flopsPerSec }) => flopsPerSec / 1e12 }
]

/** What all three machines share. */
const shared: ReadonlyArray<readonly [published: number, field: Field]> = [
  [64, { what: "LLC of a die, MB", ours: ({ llcBytes }) => (llcBytes === undefined ? undefined : llcBytes / 2 ** 20) }],
  [100, { what: "LLC hit, ns", ours: ({ llcHitPs }) => (llcHitPs === undefined ? undefined : llcHitPs / 1000) }],
  [
    110,
    { what: "LLC miss penalty, ns", ours: ({ llcMissPs }) => (llcMissPs === undefined ? undefined : llcMissPs / 1000) }
  ],
  [30, { what: "LLC write, ns", ours: () => 0 }],
  [200, { what: "latency of a link, ns", ours: ({ linkLatencyPs }) => linkLatencyPs / 1000 }],
  [300, { what: "local HBM access, ns", ours: ({ hbmLatencyPs }) => hbmLatencyPs / 1000 }],
  [16, { what: "command and address of a remote read, B", ours: ({ commandBytes }) => commandBytes }],
  [0.1, { what: "share of DRAM reserved", ours: ({ hbmReservedShare }) => hbmReservedShare }]
]

const machines: ReadonlyArray<readonly [name: string, spec: WaferSpec, published: ReadonlyArray<number>]> = [
  ["Dojo", dojo, [5, 5, 3.35, 1.7, 80, 989]],
  ["TSMC-SoW", tsmcSow, [3, 8, 3.35, 1.7, 80, 989]],
  ["Dojo-Enhanced", dojoEnhanced, [5, 5, 8, 2, 180, 4500]]
]

const row = (machine: string, spec: WaferSpec, published: number, { what, ours }: Field): ReproducedRow => {
  const value = ours(spec)
  return {
    model: machine,
    what,
    unit: "count",
    published: { value: published },
    twin: null,
    real: null,
    ours: value ?? null,
    tolerance: 0,
    ...(value === undefined ? { why: "our spec leaves it out" } : {})
  }
}

/** Table I: the machines. */
export default {
  contract: "reproduction/v1",
  title: "Table I: the machines",
  claim: "Three wafers of H100- or B200-class dies in a mesh, alike but for size, bandwidth and arithmetic.",
  figures: [],
  needsTraces: false,
  run: () =>
    Effect.succeed({
      rows: machines.flatMap(([name, spec, published]) => [
        ...columns.map((field, i) => row(name, spec, published[i]!, field)),
        ...shared.map(([value, field]) => row(name, spec, value, field))
      ]),
      documents: [],
      notes: [
        "Ours are the specs that `moira simulate --machine dojo,tsmc-sow,dojo-enhanced` builds.",
        "An LLC write costs nothing here: it happens behind the read that missed.",
        "What the study leaves open and our specs add (efficiencies, overhead of a task, fetches in flight, controllers, energy) is in `packages/wafer/src/machines.ts`, each with its reason.",
        "4500 TFLOPS is twice a B200's dense 16-bit peak: it is the peak with sparsity, or dense FP8. Ours follows the study."
      ]
    })
} satisfies Reproduction

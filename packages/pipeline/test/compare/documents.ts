/** Simulation documents whose figures are known: throughput is the least of what links and memory let through. */
import { version } from "@moira/core"
import type { Input, RunResult, SimulationDocument } from "@moira/results"

export const input: Input = {
  model: "deepseek-v3",
  title: "DeepSeek-V3",
  contentSha256: "0123456789abcdef",
  requests: 8,
  prefillTokens: 80,
  decodeTokens: 800,
  layers: [3, 4],
  experts: 256,
  topK: 8,
  origin: "synthetic"
}

export interface Made {
  readonly name?: string
  readonly spec?: Readonly<Record<string, unknown>>
  readonly units?: number
  readonly strategy?: string
  readonly batch?: number
  readonly seed?: number
  readonly network?: string
  /** Tokens a second. */
  readonly rate: number
  readonly metrics?: Readonly<Record<string, number>>
  /** Shares of the time by part; all of it is latency when left out. */
  readonly parts?: Readonly<Record<string, number>>
}

export const run = ({
  name = "dojo",
  spec = {},
  units = 2,
  strategy = "ep",
  batch = 256,
  seed = 1,
  network = "bottleneck",
  rate,
  metrics = {},
  parts = { latency: 1 }
}: Made): RunResult => ({
  machine: {
    name,
    backend: "wafer",
    spec: spec as RunResult["machine"]["spec"],
    units: Array.from({ length: units }, (_, u) => ({ name: `die[${u}]`, at: null })),
    links: [{ fromUnit: 0, toUnit: 1, bytesPerSec: 1e12 }]
  },
  strategy: { name: strategy, placement: "contiguous", allocator: `of-${strategy}`, residency: "fixed" },
  network,
  batch,
  steps: 4,
  tokenTraffic: "modelled",
  controller: strategy === "ep" ? null : "global-cp",
  bytesPerWeight: 1,
  seed,
  metrics: {
    throughput_tokens_per_s: rate,
    ...Object.fromEntries(Object.entries(parts).map(([part, share]) => [`bound_${part}_share`, share])),
    ...metrics
  },
  busiest: { unit: { index: 1, share: 0.5 }, link: { index: 0, share: 0.25 } },
  layers: [],
  perStep: [],
  unitBusy: [],
  linkUtilisation: [],
  warnings: []
})

export const documentOf = (
  runs: ReadonlyArray<RunResult>,
  more: Partial<SimulationDocument> = {}
): SimulationDocument => ({
  schema: "moira-simulation/1",
  moira: version,
  input,
  runs,
  ...more
})

/** Throughput that links and memory let through, and which of them binds. */
const bounded = (link: number, memory: number) => {
  const linked = 2e-9 * link < 1e-9 * memory
  return {
    rate: Math.min(2e-9 * link, 1e-9 * memory),
    parts: linked ? { link: 0.8, reading: 0.2 } : { reading: 0.9, link: 0.1 }
  }
}

/** A grid of links x memories, as a sweep writes it: a document a point. */
export const grid = (
  links: ReadonlyArray<number>,
  memories: ReadonlyArray<number>,
  more: Omit<Made, "rate"> = {}
): ReadonlyArray<SimulationDocument> =>
  links.flatMap((link) =>
    memories.map((memory) =>
      documentOf([
        run({
          name: `dojo with linkBytesPerSec=${link}, hbmBytesPerSec=${memory}`,
          spec: { linkBytesPerSec: link, hbmBytesPerSec: memory, hbmBytes: 80e9, routing: "xy" },
          ...bounded(link, memory),
          ...more
        })
      ])
    )
  )

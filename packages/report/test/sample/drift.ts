/** Change and reuse over time as a trace would give them, from seeded draws. */
import type { BatchReuse, PositionDrift, RequestDrift, Reuse, WindowDrift } from "@moira/results"
import type { Shape } from "./shape.ts"
import { rounded, stream } from "./draws.ts"

const windows = Array.from({ length: 8 }, (_, w) => ({ from: 16 * w, to: 16 * (w + 1), requests: 4096 - 30 * w }))

const windowAt = (w: number, noise: number): WindowDrift => {
  const away = 1 - Math.exp(-w / 3)
  const at = (value: number) => rounded(value + noise)
  return {
    distance: w === 0 ? null : at(0.08 + 0.14 * away),
    distanceFloor: w === 0 ? null : { mean: at(0.07), high: at(0.075) },
    pValue: w === 0 ? null : 0.05,
    rho: w === 0 ? null : at(0.95 - 0.12 * away),
    rhoFloor: w === 0 ? null : at(0.96),
    rhoPrefill: at(0.82 - 0.08 * away),
    hotFirst: at(0.5 - 0.09 * away),
    hotPrefill: at(0.46 - 0.07 * away),
    hotPrevious: w === 0 ? null : at(0.49 - 0.04 * away),
    hotOwn: at(0.5),
    relationFirst: at(0.52 - 0.07 * away),
    relationOwn: at(0.52),
    relationPopularity: at(0.46 - 0.06 * away)
  }
}

const around = (value: number | null): readonly [number, number] | null =>
  value === null ? null : [rounded(value - 0.008), rounded(value + 0.008)]

export const positionDrift = ({ layers }: Shape): PositionDrift => {
  const draw = stream("position drift")
  const mean = windows.map((_, w) => windowAt(w, 0))
  return {
    width: 16,
    windows,
    layers: layers.map((layer) => {
      const noise = 0.01 * draw.normal()
      return { layer, degenerate: false, windows: windows.map((_, w) => windowAt(w, noise)) }
    }),
    degenerateLayers: [],
    mean: {
      windows: mean.map((window) => ({
        ...window,
        hotFirstInterval: around(window.hotFirst),
        hotPrefillInterval: around(window.hotPrefill)
      })),
      hotSet: windows.map((_, w) => windows.map((__, v) => rounded(0.5 - 0.02 * Math.abs(w - v))))
    }
  }
}

export const requestDrift = ({ layers }: Shape): RequestDrift => {
  const draw = stream("request drift")
  const floor = { mean: 0.041, high: 0.044 }
  const starts = [0, 512, 1024, 1536, 2048, 2560, 3072, 3584]
  const pairs = starts.flatMap((_, a) =>
    starts.slice(a + 1).map((__, k) => {
      const distance = rounded(0.04 + 0.05 * Math.floor((k + 1) / 3) + 0.004 * draw.uniform())
      return { a, b: a + 1 + k, distance, floor, pValue: distance > floor.high ? 0.05 : 0.4 }
    })
  )
  return {
    blocks: starts.map((from, b) => ({ from, to: from + 512, tasks: [`mmlu/subject_${b}`, `mmlu/subject_${b + 1}`] })),
    shuffles: 19,
    layers: layers.map((layer) => ({
      layer,
      degenerate: false,
      distance: rounded(0.11 + 0.02 * draw.uniform()),
      floor,
      pValue: 0.05
    })),
    degenerateLayers: [],
    mean: { distance: 0.12, floor, pValue: 0.05, pairs }
  }
}

const batchReuse = ({ layers, experts }: Shape, batch: number): BatchReuse => {
  const spread = batch === 1 ? 0.2 : 0.55
  const lru = Array.from({ length: experts }, (_, n) => rounded(0.82 * (1 - Math.exp(-(n + 1) / (spread * experts)))))
  const popularity = Array.from({ length: experts }, (_, n) => rounded(((n + 1) / experts) ** 0.5))
  const caches = [0.1, 0.2, 0.5].map((share) => {
    const size = Math.round(share * experts)
    return { experts: size, lru: lru[size - 1]!, interval: around(lru[size - 1]!), popularity: popularity[size - 1]! }
  })
  const uses = 40_000
  const depths = lru.map((share, n) => Math.round(uses * (share - (lru[n - 1] ?? 0))))
  return {
    batch,
    batches: Math.floor(4096 / batch),
    layers: layers.map((layer) => ({
      layer,
      degenerate: false,
      uses,
      firstUses: uses - depths.reduce((sum, count) => sum + count, 0),
      depths,
      caches: caches.map((cache) => ({ ...cache, interval: null }))
    })),
    degenerateLayers: [],
    mean: { firstUseShare: rounded(1 - lru.at(-1)!), lru, popularity, caches }
  }
}

export const reuse = (shape: Shape): Reuse => ({ batches: [batchReuse(shape, 1), batchReuse(shape, 8)] })

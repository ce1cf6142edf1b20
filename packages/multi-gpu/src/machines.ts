/** Named clusters. */
import { type Gpu, gpus } from "./gpus.ts"
import type { ClusterSpec } from "./spec.ts"

// Caches only tell where a benchmark replays one layer.
const cluster = ({ cacheBytes: _cache, ...gpu }: Gpu, gpusPerServer: number, servers: number): ClusterSpec => ({
  servers,
  gpusPerServer,
  ...gpu,
  memoryReservedShare: 0.1,
  // Assumed: one way through half of a switch, and a read of HBM; neither was measured apart.
  nvlinkLatencyPs: 500_000,
  memoryLatencyPs: 300_000
})

/** Sizes of DGX clusters that have a name of their own; others by `servers`. */
const sizes = [1, 2, 4, 8, 16]

const dgx = (name: string, gpu: Gpu) =>
  Object.fromEntries(sizes.map((n) => [n === 1 ? name : `${name}x${n}`, cluster(gpu, 8, n)]))

export const machines: Readonly<Record<string, ClusterSpec>> = {
  ...dgx("dgx-h100", gpus.h100),
  ...dgx("dgx-h200", gpus.h200),
  ...dgx("dgx-b200", gpus.b200),
  "gb200-nvl72": cluster(gpus.gb200, 72, 1)
}

/**
 * The spec with `units` GPUs in all: whole servers, or one smaller server. Undefined where the last server would be
 * only partly there.
 */
export const withUnits = (spec: ClusterSpec, units: number): ClusterSpec | undefined => {
  if (!Number.isSafeInteger(units) || units < 1) return undefined
  if (units <= spec.gpusPerServer) return { ...spec, servers: 1, gpusPerServer: units }
  return units % spec.gpusPerServer === 0 ? { ...spec, servers: units / spec.gpusPerServer } : undefined
}

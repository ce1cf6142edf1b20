/** Simulates units that cache experts, over the requests of a trace that nothing was learnt from. */
import { greatestOf, sum } from "@moira/core/statistics"
import { type Predictor, type TrainedForecast, trainForecast } from "@moira/forecast"
import { type BuiltHardware, summariseMachine } from "@moira/hardware"
import type { CachePolicy } from "@moira/caches"
import { formatCount, given, Progress, surfacePluginFaults } from "@moira/core"
import { type OffloadMachine, type OffloadResult, type OffloadRun } from "@moira/results"
import { Effect } from "effect"
import { OffloadError, refuseMachine } from "../error.ts"
import { type OffloadCost, offloadCost } from "./cost.ts"
import { type ForecastParts, makeForecasts } from "./forecasts.ts"
import { type CacheRun, makeCacheRun } from "./cache-run.ts"
import { maxPrefetch } from "./cache-run-options.ts"
import type { OffloadOptions } from "./offload-options.ts"
import { loadRequests, type LoadedRequests } from "./requests.ts"
import { slotsFor } from "./sizes.ts"
import { type DecodeStream, makeStream } from "./stream.ts"
import { summarise } from "./summary.ts"
import { checkTiers } from "./check-tiers.ts"

/** Forecast rows of one chunk take about this many entries. */
const chunkEntries = 1 << 22

interface Point {
  readonly hardware: BuiltHardware
  readonly cost: OffloadCost
  readonly computePs: Float64Array
  readonly policy: CachePolicy
  readonly slots: number
  readonly prefetch: number
  readonly cacheRun: CacheRun
}

const computeTimes = (stream: DecodeStream, cost: OffloadCost): Float64Array => {
  const times = new Float64Array(stream.layerSteps)
  for (let s = 0; s < stream.layerSteps; s++) {
    times[s] = cost.layerPs(stream.start[s + 1]! - stream.start[s]!, stream.choices[s]!)
  }
  return times
}

/** Every combination on one stream. */
const pointsOf = Effect.fnUntraced(function* (
  stream: DecodeStream,
  machines: ReadonlyArray<{ readonly hardware: BuiltHardware; readonly cost: OffloadCost }>,
  options: OffloadOptions,
  popularity: Float64Array
) {
  const { policies, scope, betweenPs, prefetchFor } = options
  const points: Array<Point> = []
  for (const { hardware, cost } of machines) {
    const computePs = computeTimes(stream, cost)
    const sizes = slotsFor(options.caches, { scope, stream, cost, machine: hardware.machineName })
    if (sizes instanceof OffloadError) return yield* sizes
    for (const slots of sizes) {
      for (const policy of policies) {
        for (const prefetch of policy.knows === "future" ? [0] : options.prefetch) {
          const cacheRun = makeCacheRun(stream, cost, computePs, {
            policy,
            scope,
            slots,
            prefetch,
            prefetchFor,
            betweenPs,
            popularity
          })
          points.push({ hardware, cost, computePs, policy, slots, prefetch, cacheRun })
        }
      }
    }
  }
  return points
})

/** Runs all points over the stream, a chunk of tokens at a time, so that all share one set of forecasts. */
const runPoints = Effect.fnUntraced(function* (
  stream: DecodeStream,
  points: ReadonlyArray<Point>,
  parts: ForecastParts
) {
  const report = yield* Progress
  const { layers, experts, batchStart } = stream
  const chunk = Math.max(1, Math.floor(chunkEntries / (layers * experts)))
  const forecasts = makeForecasts(stream, parts, chunk)
  const batches = stream.batchTokens.length
  for (let batch = 0; batch < batches; batch++) {
    forecasts.begin(batch)
    const [first, end] = [batchStart[batch]!, batchStart[batch + 1]!]
    const tokens = (end - first) / layers
    for (let from = 0; from < tokens; from += chunk) {
      const to = Math.min(tokens, from + chunk)
      const rows = forecasts.fill(batch, from, to)
      for (const { cacheRun } of points) cacheRun.run(batch, first + from * layers, first + to * layers, rows)
    }
    report({ stage: `simulate batch ${stream.batch}`, done: end, total: stream.layerSteps, unit: "layer steps" })
    yield* Effect.yieldNow
  }
})

const warningsOf = (
  stream: DecodeStream,
  options: OffloadOptions,
  points: ReadonlyArray<Point>
): ReadonlyArray<string> => {
  const cut = points.filter(({ slots, prefetch }) => prefetch > maxPrefetch(stream, { ...options, slots }))
  return [
    ...(stream.heldOut.requests % stream.batch === 0
      ? []
      : [
          `the last batch holds ${stream.heldOut.requests % stream.batch} of ${stream.batch} requests: ${formatCount(stream.heldOut.requests)} judge`
        ]),
    ...(cut.length === 0
      ? []
      : [`${cut.length} caches hold less than is to be fetched ahead beside a step: they fetch what fits`])
  ]
}

const trained = Effect.fnUntraced(function* (options: OffloadOptions, loaded: LoadedRequests) {
  const asksCache = options.policies.some(({ knows }) => knows === "forecast")
  const asksAhead = options.prefetch.some((n) => n > 0) && options.policies.some(({ knows }) => knows !== "future")
  const wanted = [...(asksCache ? [options.cachePredictor] : []), ...(asksAhead ? [options.prefetchPredictor] : [])]
  const forecasts = new Map<Predictor, TrainedForecast>()
  for (const predictor of new Set(wanted)) {
    forecasts.set(predictor, yield* trainForecast(predictor, { roles: loaded.roles }))
  }
  const parts: ForecastParts = {
    width: Math.min(loaded.heldOut.model.experts, Math.max(0, greatestOf(options.prefetch))),
    prefetchFor: options.prefetchFor,
    ...(asksCache ? { cache: forecasts.get(options.cachePredictor)! } : {}),
    ...(asksAhead ? { ahead: forecasts.get(options.prefetchPredictor)! } : {})
  }
  return parts
})

/** Runs every machine x batch x cache size x policy x prefetch on the provided trace. */
export const simulateOffload = Effect.fn("simulator.offload")(function* (options: OffloadOptions) {
  const loaded = yield* loadRequests({
    seed: options.seed,
    ...given({ requests: options.requests, steps: options.steps })
  })
  const { heldOut, popularity, split } = loaded
  const { model, layers } = heldOut
  const bytesPerWeight = options.bytesPerWeight ?? model.servingBytesPerWeight
  const expertsInAll = layers.length * model.experts
  const machines: Array<{ readonly hardware: BuiltHardware; readonly cost: OffloadCost }> = []
  for (const hardware of options.machines) {
    yield* refuseMachine(hardware.machineName, hardware.machine)
    const cost = offloadCost(hardware.machine, model, bytesPerWeight)
    yield* checkTiers(hardware.machineName, cost, expertsInAll)
    machines.push({ hardware, cost })
  }
  const streams = options.batches.map((batch) => makeStream(heldOut, batch))
  const pointSets = yield* surfacePluginFaults(
    Effect.forEach(streams, (stream) => pointsOf(stream, machines, options, popularity))
  )
  const parts = yield* trained(options, loaded)
  const runs: Array<OffloadRun> = []
  const warnings: Array<string> = []
  for (const [i, stream] of streams.entries()) {
    const points = pointSets[i]!
    yield* surfacePluginFaults(runPoints(stream, points, parts))
    warnings.push(...warningsOf(stream, options, points).map((text) => `batch ${stream.batch}: ${text}`))
    for (const { hardware, cost, computePs, policy, slots, prefetch, cacheRun } of points) {
      const poolExperts = options.scope === "layer" ? model.experts : expertsInAll
      const scene = { stream, cost, computePs, policy, slots, prefetch, poolExperts }
      const { betweenPs, seed } = options
      runs.push(summarise(cacheRun.totals, { machine: hardware.machineName, betweenPs, seed, ...scene }))
    }
  }
  const result: OffloadResult = {
    scope: options.scope,
    split,
    decodeTokens: sum(heldOut.decodeTokens),
    cachePredictor: parts.cache?.predictor.id ?? null,
    prefetchPredictor: parts.ahead?.predictor.id ?? null,
    prefetchFor: options.prefetchFor,
    bytesPerWeight,
    expertBytes: machines[0]?.cost.expertBytes ?? 0,
    expertsInAll,
    betweenPs: options.betweenPs,
    machines: machines.map(({ hardware, cost }): OffloadMachine => ({
      ...summariseMachine(hardware, cost.fabric),
      unitExperts: cost.unitExperts,
      tiers: cost.tiers
    })),
    runs,
    warnings,
    notMeasured: runs.some(({ hitRateInterval }) => hitRateInterval === null)
      ? [{ what: "intervals", why: "fewer than two batches judge: nothing is known of the spread between them" }]
      : []
  }
  return result
})

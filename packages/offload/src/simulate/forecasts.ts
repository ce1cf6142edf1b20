/** Forecasts along a stream: what caches and prefetches of all sizes share. */
import { given } from "@moira/core"
import { type ForecastSession, openForecast, topExperts, type TrainedForecast } from "@moira/forecast"
import type { ForecastRows, PrefetchFor } from "./cache-run-options.ts"
import type { DecodeStream } from "./stream.ts"

export interface ForecastParts {
  /** Says who will make room; nobody asks when left out. */
  readonly cache?: TrainedForecast
  /** Says what to fetch ahead, `width` experts a step. */
  readonly ahead?: TrainedForecast
  readonly prefetchFor: PrefetchFor
  readonly width: number
}

export interface ForecastFeed {
  /** The requests of a batch begin, and their prompts are seen. */
  readonly begin: (batch: number) => void
  /** Sees decode tokens `from` to `to` of the batch and fills the rows of their layer steps. */
  readonly fill: (batch: number, from: number, to: number) => ForecastRows
}

const noExpert = 0xffff

/**
 * Scores of a batch are the sum over its requests. A forecaster of lead `layer` knows of the next layer what the tokens
 * chose at this one; of a layer's next token nobody knows more than the tokens so far. `most` tokens are filled at once.
 */
export const makeForecasts = (stream: DecodeStream, parts: ForecastParts, most: number): ForecastFeed => {
  const { heldOut, layers, experts, batch: size } = stream
  const { ids, offsets, prefillTokens, decodeTokens, task, requests, model } = heldOut
  const { topK } = model
  const { cache, ahead, width, prefetchFor } = parts
  const opened = new Map([cache, ahead].flatMap((one) => (one === undefined ? [] : [[one, openForecast(one, size)]])))
  const sessions = [...opened.values()]
  const scores = cache === undefined ? undefined : new Float32Array(most * layers * experts)
  const next = ahead === undefined ? undefined : new Uint16Array(most * layers * width)
  const sum = new Float64Array(experts)
  const one = new Float64Array(experts)
  const best = new Uint16Array(width)

  const rowOf = (request: number, token: number) => (offsets[request]! + prefillTokens[request]! + token) * topK

  /** Adds up the forecasts of the requests that were still decoding at `token`. */
  const predict = (
    forecast: TrainedForecast,
    session: ForecastSession,
    batch: number,
    token: number,
    layer: number,
    at: number
  ): void => {
    sum.fill(0)
    for (let r = batch * size; r < Math.min(requests, (batch + 1) * size); r++) {
      if (token >= decodeTokens[r]!) continue
      const unit = r - batch * size
      if (forecast.predictor.lead === "none") {
        const from = rowOf(r, at)
        session.reveal(unit, layer, at, ids[layer]!, from, at < decodeTokens[r]! ? from + topK : from)
      }
      session.predict(unit, layer, at, one)
      for (let e = 0; e < experts; e++) sum[e]! += one[e]!
    }
  }

  const observe = (batch: number, token: number, layer: number): void => {
    for (let r = batch * size; r < Math.min(requests, (batch + 1) * size); r++) {
      if (token >= decodeTokens[r]!) continue
      const from = rowOf(r, token)
      for (const session of sessions) session.observe(r - batch * size, layer, token, ids[layer]!, from, from + topK)
    }
  }

  const layerStep = (batch: number, token: number, layer: number, row: number): void => {
    observe(batch, token, layer)
    if (cache !== undefined) {
      predict(cache, opened.get(cache)!, batch, token, layer, token + 1)
      for (let e = 0; e < experts; e++) scores![row * experts + e] = sum[e]!
    }
    if (ahead !== undefined) {
      const wraps = prefetchFor === "token" || layer + 1 === layers
      const at = prefetchFor === "token" ? layer : (layer + 1) % layers
      // The same question of the same forecast has been answered.
      if (ahead !== cache || at !== layer)
        predict(ahead, opened.get(ahead)!, batch, token, at, wraps ? token + 1 : token)
      const count = topExperts(sum, width, best)
      for (let i = 0; i < width; i++) {
        // Nothing speaks for an expert without a score.
        next![row * width + i] = i < count && sum[best[i]!]! > 0 ? best[i]! : noExpert
      }
    }
  }

  return {
    begin: (batch) => {
      for (let r = batch * size; r < Math.min(requests, (batch + 1) * size); r++) {
        const unit = r - batch * size
        for (const session of sessions) session.begin(unit, task[r]!)
        for (let t = 0; t < prefillTokens[r]!; t++) {
          const from = (offsets[r]! + t) * topK
          for (let l = 0; l < layers; l++) {
            for (const session of sessions) {
              session.observe(unit, l, t - prefillTokens[r]!, ids[l]!, from, from + topK)
            }
          }
        }
      }
    },
    fill: (batch, from, to) => {
      for (let token = from; token < to; token++) {
        for (let layer = 0; layer < layers; layer++) layerStep(batch, token, layer, (token - from) * layers + layer)
      }
      return {
        from: stream.batchStart[batch]! + from * layers,
        width,
        ...given({ scores, next })
      }
    }
  }
}

/** Small traces to test with, and two ways to run an accumulator over them. */
import { accumulate, type Accumulator, type LayerChunk, type TraceContext } from "../accumulator.ts"
import { memoryReader, memoryStore } from "../memory-store.ts"
import { given, type Model, moeLayers, random } from "@moira/core"
import { missingExpert, type TraceRequest } from "../selections.ts"
import type { TraceReader } from "../store.ts"
import { Effect, Schema } from "effect"

export interface Shape {
  readonly layers: number
  readonly experts: number
  readonly topK: number
}

/** A made-up model whose MoE layers are 1, 3, 5, ... */
export const modelOf = ({ layers, experts, topK }: Shape): Model => ({
  id: "made-up",
  title: "Made-up",
  aliases: [],
  layers: 2 * layers,
  moe: { first: 1, last: 2 * layers - 1, every: 2 },
  experts,
  sharedExperts: 0,
  topK,
  hidden: 1,
  expertFfn: 1,
  servingBytesPerWeight: 1,
  source: "made up for tests"
})

/** One token: its ids at each layer. */
export type Token = ReadonlyArray<ReadonlyArray<number>>

export const requestOf = (
  prefill: ReadonlyArray<Token>,
  decode: ReadonlyArray<Token>,
  about: Partial<Pick<TraceRequest, "benchmark" | "subject" | "language">> = {}
): TraceRequest => {
  const tokens = [...prefill, ...decode]
  const layers = tokens[0]?.length ?? 0
  const ids = Array.from({ length: layers }, (_, layer) => tokens.flatMap((token) => token[layer]!))
  return {
    benchmark: "test",
    subject: "all",
    language: "en",
    ...about,
    source: "made up",
    prefillTokens: prefill.length,
    decodeTokens: decode.length,
    ids: Uint16Array.from(ids.flat())
  }
}

/** Random requests of random lengths, some of them without prefill or decode; `holes` is the share of missing ids. */
export const randomRequests = (
  shape: Shape,
  requests: number,
  seed: number,
  holes = 0
): ReadonlyArray<TraceRequest> => {
  const { below, uniform } = random(seed)
  const pick = (): ReadonlyArray<number> => {
    const ids = new Set<number>()
    // Squaring makes low experts more popular.
    while (ids.size < shape.topK) ids.add(Math.floor(uniform() ** 2 * shape.experts))
    return [...ids].map((id) => (uniform() < holes ? missingExpert : id))
  }
  const token = (): Token => Array.from({ length: shape.layers }, pick)
  const tokens = () => Array.from({ length: below(6) }, token)
  return Array.from({ length: requests }, (_, r) =>
    requestOf(tokens(), tokens(), { subject: `s${r % 3}`, language: r % 2 === 0 ? "en" : "zh" })
  )
}

export const contextOf = (reader: TraceReader): TraceContext => ({
  model: reader.manifest.model,
  layers: moeLayers(reader.manifest.model),
  requests: reader.requests
})

export type Make<S, R> = (context: TraceContext) => Accumulator<S, R>

/** Runs an accumulator as the command line does. */
export const analyse = <S, R>(
  make: Make<S, R>,
  model: Model,
  requests: ReadonlyArray<TraceRequest>,
  chunkRequests?: number
): Effect.Effect<R> =>
  accumulate({ it: make(contextOf(memoryReader(model, requests))) }, given({ chunkRequests })).pipe(
    Effect.map((results) => results.it),
    Effect.provide(memoryStore(model, requests)),
    Effect.orDie
  )

/** A chunk as the driver hands it to accumulators. */
export const chunkOf = Effect.fnUntraced(function* (reader: TraceReader, layerIndex: number, from: number, to: number) {
  const { layers } = reader.manifest
  const read = (index: number) => reader.read({ layer: layers[index]!, from, to })
  const next = layerIndex + 1 < layers.length ? yield* read(layerIndex + 1) : undefined
  return { layerIndex, current: yield* read(layerIndex), next } satisfies LayerChunk
})

/**
 * Cuts the requests at random, spreads the chunks over random states and merges copies of these, as other threads would
 * hand them over, in random order.
 */
export const scattered = Effect.fnUntraced(function* <S, R>(
  make: Make<S, R>,
  model: Model,
  requests: ReadonlyArray<TraceRequest>,
  seed: number
) {
  const reader = memoryReader(model, requests)
  const accumulator = make(contextOf(reader))
  const { below } = random(seed)
  const states = Array.from({ length: 1 + below(4) }, accumulator.empty)
  const oneStateALayer = below(2) === 0
  for (const layerIndex of reader.manifest.layers.keys()) {
    const ofLayer = states[below(states.length)]!
    for (let from = 0, to = 0; from < requests.length; from = to) {
      to = Math.min(requests.length, from + 1 + below(4))
      const state = oneStateALayer ? ofLayer : states[below(states.length)]!
      accumulator.add(state, yield* chunkOf(reader, layerIndex, from, to))
    }
  }
  while (states.length > 1) {
    const [from] = states.splice(below(states.length), 1)
    accumulator.merge(states[below(states.length)]!, structuredClone(from!))
  }
  return accumulator.finish(structuredClone(states[0]!))
})

/** Fails unless a result is exactly of its schema, which has no NaN and no infinite numbers. */
export const checked = <A>(schema: Schema.Codec<A, unknown>, result: A): A =>
  Schema.decodeUnknownSync(schema, { errors: "all", onExcessProperty: "error", reportInput: true })(
    JSON.parse(JSON.stringify(result))
  )

/** Roofline of one layer of multi-head latent attention (DeepSeek-V3), on one GPU that serves its own requests. */

/** Fields of the model's published config.json, by their names there. */
const shape = { hidden: 7168, heads: 128, qRank: 1536, kvRank: 512, nope: 128, rope: 64, value: 128 }

/** Projections: down and up for queries, down for keys and values, both halves of their up-projection, output. */
const parameters =
  shape.hidden * shape.qRank +
  shape.qRank * shape.heads * (shape.nope + shape.rope) +
  shape.hidden * (shape.kvRank + shape.rope) +
  shape.kvRank * shape.heads * (shape.nope + shape.value) +
  shape.heads * shape.value * shape.hidden

export interface AttentionGpu {
  /** Achieved. */
  readonly memoryBytesPerSec: number
  /** Achieved in 8-bit products, and in 16-bit ones. */
  readonly fp8FlopsPerSec: number
  readonly bf16FlopsPerSec: number
}

export interface AttentionTime {
  /** Projections: weights read or arithmetic, whichever is longer, and kernel launches. Picoseconds, not rounded. */
  readonly weightsPs: number
  /** Cache read or attention itself, whichever is longer. */
  readonly cachePs: number
}

/** Kernels of the layer, launched from a replayed graph: 2.4 us each were measured on an H100. */
const launchesPs = 7 * 2_400_000

/** `requests` decode one token each, over caches of `context` tokens, one 16-bit latent vector a token; weights in 8 bits. */
export const decodeAttention = (gpu: AttentionGpu, requests: number, context: number): AttentionTime => {
  const read = parameters / gpu.memoryBytesPerSec
  const project = (2 * parameters * requests) / gpu.fp8FlopsPerSec
  const latent = shape.kvRank + shape.rope
  const cache = (requests * context * latent * 2) / gpu.memoryBytesPerSec
  // Keys and values are the same latent vector: each head multiplies it twice.
  const attend = (requests * context * shape.heads * 2 * (latent + shape.kvRank)) / gpu.bf16FlopsPerSec
  return { weightsPs: 1e12 * Math.max(read, project) + launchesPs, cachePs: 1e12 * Math.max(cache, attend) }
}

/** `tokens` of prompts of `context` tokens each are read in, every token seeing those before it. */
export const prefillAttention = (gpu: AttentionGpu, tokens: number, context: number): AttentionTime => {
  const read = parameters / gpu.memoryBytesPerSec
  const project = (2 * parameters * tokens) / gpu.fp8FlopsPerSec
  const perPair = shape.heads * 2 * (shape.nope + shape.rope + shape.value)
  const attend = (((tokens * context) / 2) * perPair) / gpu.bf16FlopsPerSec
  const cache = (tokens * (shape.kvRank + shape.rope) * 2) / gpu.memoryBytesPerSec
  return { weightsPs: 1e12 * Math.max(read, project) + launchesPs, cachePs: 1e12 * Math.max(cache, attend) }
}

import { assert, it } from "vitest"
import { decodeAttention, prefillAttention } from "../src/latent-attention.ts"

const gpu = { memoryBytesPerSec: 3e12, fp8FlopsPerSec: 1.6e15, bf16FlopsPerSec: 0.9e15 }
const launches = 7 * 2.4e6

it("one request decodes in the time that weights and its cache take to read", () => {
  // DeepSeek-V3, config.json: 187.1 million attention parameters a layer, 576 cached values a token.
  const { weightsPs, cachePs } = decodeAttention(gpu, 1, 4096)
  assert.approximately((weightsPs - launches) / 1e12, 187.1e6 / 3e12, 0.1e6 / 3e12)
  assert.approximately(cachePs / 1e12, (4096 * 576 * 2) / 3e12, 1e-12)
})

it("many requests are bound by arithmetic, and caches grow with them", () => {
  const [few, many] = [decodeAttention(gpu, 64, 4096), decodeAttention(gpu, 4096, 4096)]
  assert.approximately(many.cachePs / few.cachePs, 64, 1e-9)
  assert.approximately((many.weightsPs - launches) / 1e12, (2 * 187.1e6 * 4096) / 1.6e15, 1e-6)
  assert.strictEqual(decodeAttention(gpu, 64, 8192).weightsPs, few.weightsPs, "projections know no context")
})

it("a prompt's attention grows with tokens and with context", () => {
  const one = prefillAttention(gpu, 4096, 4096)
  // Each token sees half of the prompt: 128 heads, 192 wide keys and 128 wide values.
  assert.approximately(one.cachePs / 1e12, (((4096 * 4096) / 2) * 128 * 2 * 320) / 0.9e15, 1e-9)
  assert.approximately(prefillAttention(gpu, 8192, 4096).cachePs / one.cachePs, 2, 1e-9)
  assert.approximately(prefillAttention(gpu, 4096, 8192).cachePs / one.cachePs, 2, 1e-9)
})

/** A small model, a seeded trace and a ring machine, for tests of this package. */
import { hardwareLayer, bottleneck, networkLayer } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import { algorithm1, allocatorLayer, fixed, residencyLayer } from "@moira/allocation"
import { contiguous, optimizerLayer } from "@moira/placement"
import { memoryStore, missingExpert, type TraceRequest } from "@moira/trace"
import { type Model, moeLayers, random } from "@moira/core"
import { Layer } from "effect"

export const model: Model = {
  id: "tiny",
  title: "Tiny",
  aliases: [],
  layers: 5,
  moe: { first: 1, last: 3, every: 1 },
  experts: 12,
  sharedExperts: 0,
  topK: 2,
  hidden: 64,
  expertFfn: 32,
  servingBytesPerWeight: 1,
  source: "made up for tests"
}

/** Requests of seeded lengths and distinct experts a token; one hole in `holes` tokens when asked. */
export const makeRequests = (count: number, seed: number, holes = 0): ReadonlyArray<TraceRequest> => {
  const { below } = random(seed)
  return Array.from({ length: count }, (_, r) => {
    const prefillTokens = 1 + below(3)
    const decodeTokens = r === 0 ? 6 : 1 + below(6)
    const rows = moeLayers(model).length * (prefillTokens + decodeTokens)
    const ids = new Uint16Array(rows * model.topK)
    for (let i = 0; i < rows; i++) {
      const first = below(model.experts)
      ids[2 * i] = holes > 0 && below(holes) === 0 ? missingExpert : first
      ids[2 * i + 1] = (first + 1 + below(model.experts - 1)) % model.experts
    }
    return {
      benchmark: "b",
      subject: "s",
      language: "en",
      source: `${r}`,
      sha256: `${r}`,
      prefillTokens,
      decodeTokens,
      ids
    }
  })
}

export const traceLayer = (count: number, seed: number, holes = 0) =>
  memoryStore(model, makeRequests(count, seed, holes))

export const stages = Layer.mergeAll(
  hardwareLayer(ring),
  networkLayer(bottleneck),
  optimizerLayer(contiguous),
  allocatorLayer(algorithm1),
  residencyLayer(fixed)
)

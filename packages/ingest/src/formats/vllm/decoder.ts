/** Decodes responses and arrays of vLLM one by one. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import type { TraceRequest } from "@moira/trace"
import { ContentFault } from "../../fault/content-fault.ts"
import { documentsOf } from "../../codecs/json-lines/documents.ts"
import { readNpy } from "../../codecs/npy/npy.ts"
import { readBounded } from "../../codecs/bytes/read-bounded.ts"
import { digestOf } from "../../codecs/bytes/digest.ts"
import { sha256 } from "../../codecs/bytes/sha256.ts"
import { labelsOf } from "../../parts/labels.ts"
import { layerMajor } from "../../parts/layer-major.ts"
import type { DecodeOptions } from "../../source.ts"
import type { VllmItem } from "./files.ts"
import { readResponse, requestsOfResponse } from "./response.ts"
import { stridedOf } from "../../parts/npy-ids.ts"
import { readSidecar, type Sidecar } from "./sidecar.ts"

/** The request of an array. Throws `ContentFault`. */
const arrayRequest = (item: VllmItem, sidecar: Sidecar, model: Model, options: DecodeOptions): TraceRequest => {
  const bytes = readBounded(item.path)
  const sourceDigest = digestOf(bytes, options.sourceHash)
  const digest = sidecar.sha256 === undefined ? undefined : sha256(bytes)
  if (sidecar.sha256 !== digest)
    throw new ContentFault("Malformed", "byte 0", `its SHA-256 is ${digest}, ${item.sidecar} says ${sidecar.sha256}`)
  const source = stridedOf(readNpy(bytes))
  const { promptTokens: prefillTokens, outputTokens } = sidecar
  const decodeTokens = source.tokens - prefillTokens
  const shape = [source.tokens, source.layers, source.topK]
  if (sidecar.shape !== undefined && sidecar.shape.join() !== shape.join())
    throw new ContentFault(
      "WrongShape",
      "byte 0",
      `an array of shape ${shape.join()}, ${item.sidecar} says ${sidecar.shape.join()}`
    )
  // The last sampled token is not run through the model again, so its experts may be missing.
  if (source.tokens === 0 || (decodeTokens !== outputTokens && decodeTokens !== outputTokens - 1))
    throw new ContentFault(
      "WrongShape",
      "byte 0",
      `${source.tokens} tokens, where ${item.sidecar} says ${prefillTokens} prompt and ${outputTokens} output tokens`,
      "the recorder lost tokens; record again"
    )
  const ids = layerMajor(source, model)
  return { ...labelsOf(item), source: item.path, sourceDigest, prefillTokens, decodeTokens, ids }
}

const decode = (model: Model, options: DecodeOptions) =>
  function* (item: VllmItem): Generator<TraceRequest> {
    if (item.sidecar !== undefined) {
      yield arrayRequest(item, readSidecar(item.sidecar), model, options)
      return
    }
    for (const { value, source, digest: sourceDigest } of documentsOf(item.path, readResponse, options.sourceHash)) {
      const requests = requestsOfResponse(value, model)
      for (const [choice, request] of requests.entries()) {
        const which = requests.length === 1 ? source : `${source}, choice ${choice}`
        yield { ...labelsOf(item), source: which, sourceDigest, ...request }
      }
    }
  }

export default decode

/** The request of an `.npy` array of routed experts, whose lengths a JSON beside it gives, or the user. */
import * as path from "node:path"
import type { Model } from "@moira/core"
import type { TraceRequest } from "@moira/trace"
import { digestOf } from "../../codecs/bytes/digest.ts"
import { readBounded } from "../../codecs/bytes/read-bounded.ts"
import { sha256 } from "../../codecs/bytes/sha256.ts"
import { readNpy } from "../../codecs/npy/npy.ts"
import { ContentFault, FileFault } from "../../fault/content-fault.ts"
import { labelsOf } from "../../parts/labels.ts"
import type { StridedIds } from "../../parts/layer-major.ts"
import { stridedOf } from "../../parts/npy-ids.ts"
import { requestsOf } from "../../parts/responses/requests-of.ts"
import type { DecodeOptions } from "../../source.ts"
import type { VllmItem } from "./files.ts"
import { vllm } from "./response.ts"
import { readSidecar, type Sidecar, sidecarOf } from "./sidecar.ts"

/** What the user said of arrays that have nothing beside them. */
const saidLengths = (file: string, { tokens, layers, topK }: StridedIds, options: DecodeOptions): Sidecar => {
  const { phase, promptTokens = phase === "prefill" ? tokens : phase === "decode" ? 0 : undefined } = options
  if (promptTokens === undefined)
    throw new FileFault({
      reason: "NotFound",
      where: file,
      what: `an array [${tokens}, ${layers}, ${topK}] of token, layer and top-k; how many of its tokens are the prompt's is not said`,
      hint: `write {"input_token_count": N, "output_token_count": M} into ${path.basename(sidecarOf(file))} beside it, or say --prompt-tokens N`
    })
  return {
    promptTokens,
    outputTokens: undefined,
    experts: undefined,
    shape: undefined,
    sha256: undefined,
    verdict: undefined
  }
}

const checkSidecar = (source: StridedIds, bytes: Uint8Array, sidecar: Sidecar, name: string): void => {
  const digest = sidecar.sha256 === undefined ? undefined : sha256(bytes)
  if (sidecar.sha256 !== digest)
    throw new ContentFault(
      "Malformed",
      "byte 0",
      `its SHA-256 is ${digest}, ${name} says ${sidecar.sha256}`,
      "one of the two was changed or is of another recording; copy both again"
    )
  const shape = [source.tokens, source.layers, source.topK]
  if (sidecar.shape !== undefined && sidecar.shape.join() !== shape.join())
    throw new ContentFault(
      "WrongShape",
      "byte 0",
      `an array of shape ${shape.join()}, ${name} says ${sidecar.shape.join()}`,
      "one of the two may be of another recording"
    )
}

/** Throws `ContentFault`, or `FileFault` where nothing says how long the prompt is. */
export const arrayRequest = (item: VllmItem, model: Model, options: DecodeOptions): TraceRequest => {
  const bytes = readBounded(item.path)
  const source = stridedOf(readNpy(bytes))
  const sidecar = item.sidecar === undefined ? saidLengths(item.path, source, options) : readSidecar(item.sidecar)
  if (item.sidecar !== undefined) checkSidecar(source, bytes, sidecar, path.basename(item.sidecar))
  const { promptTokens, outputTokens, start, cachedTokens } = sidecar
  if (promptTokens > source.tokens && outputTokens === undefined)
    throw new ContentFault(
      "WrongShape",
      "byte 0",
      `rows of ${source.tokens} tokens, fewer than the ${promptTokens} of the prompt`,
      "say fewer with --prompt-tokens, or write the lengths into a JSON beside the array"
    )
  const place = "byte 0"
  const usage = {
    promptTokens,
    completionTokens: outputTokens ?? source.tokens - promptTokens,
    ...(cachedTokens === undefined ? {} : { cachedTokens })
  }
  const choice = { index: 0, place, routed: source, ...(start === undefined ? {} : { start }) }
  const [outcome] = requestsOf(
    { place, chunk: false, prompt: undefined, engine: vllm, usage, choices: [choice] },
    model,
    item.path,
    options
  )
  const { request } = outcome!
  if (request instanceof ContentFault) throw request
  return { ...labelsOf(item), source: item.path, sourceDigest: digestOf(bytes, options.sourceHash), ...request }
}

/** The seam to a store of data sets on the network. */
import { Context, Layer } from "effect"
import type { HubApi } from "./contract.ts"
import type { HubError } from "./error.ts"
import { makeHuggingFace } from "./hugging-face.ts"

/** Hugging Face is `Hub.layer`; provide another layer to fetch from elsewhere. */
export class Hub extends Context.Service<Hub, HubApi>()("@moira/hub/Hub") {
  /** Reads `HF_TOKEN` and `HF_ENDPOINT` when it is built. */
  static readonly layer: Layer.Layer<Hub, HubError> = Layer.effect(this, makeHuggingFace)
}

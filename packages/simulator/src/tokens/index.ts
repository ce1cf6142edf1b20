/** The engine that counts tokens: WebAssembly, or plain loops where that is not to be had. */
import type { Fabric } from "@moira/hardware"
import type { Batch } from "../window/batch.ts"
import { jsTokens } from "./js.ts"
import type { TokenCounter } from "./token-counter.ts"
import { wasmTokens } from "./wasm.ts"

/** `countsServers` says whether the traffic of whole servers is counted too. */
export const tokenCounter = (
  batch: Batch,
  fabric: Pick<Fabric, "units" | "servers" | "serverOf">,
  countsServers: boolean
): TokenCounter => wasmTokens(batch, fabric, countsServers) ?? jsTokens(batch, fabric)

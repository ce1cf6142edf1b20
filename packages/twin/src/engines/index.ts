/** The engine that routes layers: WebAssembly, or plain loops where that is not to be had. */
import type { Router } from "../router.ts"
import type { Chooser } from "../select.ts"
import { jsRoutes } from "./js.ts"
import type { LayerRoutes } from "./layer-routes.ts"
import { wasmRoutes } from "./wasm.ts"

export const layerRoutes = (router: Router, chooser: Chooser, strength: number): LayerRoutes =>
  wasmRoutes(router, chooser, strength) ?? jsRoutes(router, chooser, strength)

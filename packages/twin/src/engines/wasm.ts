/** Routes layers in WebAssembly (source: `assembly/route.as`), two tokens to a vector: the same arithmetic in the same order. */
import { noiseSize, type Router, tokenDims } from "../router.ts"
import type { Chooser } from "../select.ts"
import type { LayerRoutes } from "./layer-routes.ts"
import { routeWasm } from "./route.wasm.ts"

/** The little of WebAssembly used here; its types are otherwise only in the browser's library. */
interface WasmApi {
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
  readonly validate: (code: Uint8Array) => boolean
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number }
  readonly route: (...numbers: ReadonlyArray<number>) => void
}

const page = 1 << 16

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly?: WasmApi }

let code: Uint8Array | undefined

/** The module's bytes; decoded when first asked for. */
const codeOf = (): Uint8Array => (code ??= Uint8Array.from(atob(routeWasm), (char) => char.charCodeAt(0)))

/** Routes of a router; undefined where there is no WebAssembly with vectors. */
export const wasmRoutes = (router: Router, chooser: Chooser, strength: number): LayerRoutes | undefined => {
  if (WebAssembly === undefined || !WebAssembly.validate(codeOf())) return undefined
  const wasm = new WebAssembly.Instance(new WebAssembly.Module(codeOf())).exports as Exports
  const { experts, clusters } = router
  const { topK, groups, groupsPerToken } = chooser
  const scratchBytes = 32 * clusters + 32 * experts + 8 * topK + 17 * groups

  /** Addresses of so many bytes each, from the second page on, with memory for all of them. */
  const room = (sizes: ReadonlyArray<number>): ReadonlyArray<number> => {
    let end = page
    const at = sizes.map((bytes) => {
      const start = end
      end = Math.ceil((end + bytes) / 16) * 16
      return start
    })
    const missing = end - wasm.memory.buffer.byteLength
    if (missing > 0) wasm.memory.grow(Math.ceil(missing / page))
    return at
  }

  return {
    engine: "wasm",
    route: (layer, { tokens, shared, latents, draws }, out) => {
      const [noiseAt, sharedAt, loadingsAt, clusterAt, scratchAt, latentsAt, drawsAt, idsAt] = room([
        4 * noiseSize,
        8 * experts,
        8 * experts * tokenDims,
        2 * experts,
        scratchBytes,
        latents.byteLength,
        draws.byteLength,
        out.byteLength
      ]) as [number, number, number, number, number, number, number, number]
      const { buffer } = wasm.memory
      const cells = [layer * experts, (layer + 1) * experts] as const
      if (layer === 0) new Float32Array(buffer, noiseAt, noiseSize).set(router.noise)
      new Float64Array(buffer, sharedAt, experts).set(shared)
      new Float64Array(buffer, loadingsAt, experts * tokenDims).set(
        router.tokenLoadings.subarray(cells[0] * tokenDims, cells[1] * tokenDims)
      )
      new Uint16Array(buffer, clusterAt, experts).set(router.cluster.subarray(...cells))
      new Float64Array(buffer, latentsAt, latents.length).set(latents)
      new Uint32Array(buffer, drawsAt, draws.length).set(draws)
      wasm.route(
        tokens,
        experts,
        clusters,
        topK,
        groups,
        groupsPerToken,
        strength,
        sharedAt,
        loadingsAt,
        clusterAt,
        noiseAt,
        latentsAt,
        drawsAt,
        scratchAt,
        idsAt
      )
      out.set(new Uint16Array(wasm.memory.buffer, idsAt, out.length))
    }
  }
}

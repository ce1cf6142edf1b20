/** WebAssembly routes as the plain loops do, to the last id. */
import { assert, it } from "@effect/vitest"
import { catalogue, type Model, moeLayers, random } from "@moira/core"
import { jsRoutes } from "../src/engines/js.ts"
import { drawsPerToken, type LayerRoutes, tokensAtOnce } from "../src/engines/layer-routes.ts"
import { layerRoutes } from "../src/engines/index.ts"
import { wasmRoutes } from "../src/engines/wasm.ts"
import { twinParameters } from "../src/parameters.ts"
import { makeRouter, type Router, tokenDims } from "../src/router.ts"
import { type Chooser, makeChooser } from "../src/select.ts"
import { tiny } from "./tiny.ts"

/** Inputs of so many tokens: latents and draws as they come. */
const inputsOf = (experts: number, tokens: number, seed: number, isEven: boolean) => {
  const { normal, uint32 } = random(seed)
  const room = tokens + tokensAtOnce - 1
  const values = (length: number, used: number) =>
    Float64Array.from({ length }, (_, i) => (isEven || i >= used ? 0 : normal()))
  return {
    tokens,
    shared: values(experts, experts),
    latents: values(room * tokenDims, tokens * tokenDims),
    draws: Uint32Array.from({ length: room * drawsPerToken }, (_, i) =>
      i >= tokens * drawsPerToken ? 0 : i % 2 === 0 ? uint32() >>> 16 : uint32() | 1
    )
  }
}

/** How many ids both engines gave, which must be the same. */
const idsCompared = (router: Router, chooser: Chooser, strength: number, isEven = false): number => {
  let ids = 0
  const engines: ReadonlyArray<LayerRoutes> = [
    jsRoutes(router, chooser, strength),
    wasmRoutes(router, chooser, strength)!
  ]
  assert.deepStrictEqual(
    engines.map(({ engine }) => engine),
    ["js", "wasm"]
  )
  // Longer after shorter ones, so that memory grows between them, and the other way round.
  for (const tokens of [1, 2, 3, 4, 5, 9, 700, 6])
    for (const layer of [0, router.layers.length - 1]) {
      const inputs = inputsOf(router.experts, tokens, tokens + layer, isEven)
      const [plain, vectors] = engines.map((engine) => {
        const out = new Uint16Array(tokens * chooser.topK)
        engine.route(layer, inputs, out)
        return out
      })
      assert.deepStrictEqual(vectors, plain, `${tokens} tokens, layer ${layer}`)
      ids += plain!.length
    }
  return ids
}

const shaped = (experts: number, topK: number, routing?: Model["routing"]): Model => ({
  ...tiny,
  experts,
  topK,
  ...(routing === undefined ? {} : { routing })
})

const shapes: ReadonlyArray<readonly [string, Model]> = [
  ...catalogue.map((model) => [model.id, { ...model, zeroExperts: 0 }] as const),
  ["1 expert", shaped(1, 1)],
  ["3 experts, top-3", shaped(3, 3)],
  ["6 experts in 6 groups", shaped(6, 2, { groups: 6, groupsPerToken: 2 })],
  ["15 experts in 3 groups", shaped(15, 4, { groups: 3, groupsPerToken: 1 })],
  ["21 experts in 3 groups, top-6", shaped(21, 6, { groups: 3, groupsPerToken: 2 })]
]

for (const [name, model] of shapes)
  it(`${name}: the same ids in plain loops and in WebAssembly`, () => {
    const parameters = twinParameters(model)
    const last = moeLayers(model).length - 1
    const router = makeRouter(model, parameters, 5, last === 0 ? [0] : [0, last])
    const chooser = makeChooser(model)
    for (const strength of [parameters.cluster, 0.7, 0])
      assert.isAtLeast(idsCompared(router, chooser, strength), 700 * model.topK)
  })

it("equal scores go to the lower ids, in groups and without", () => {
  for (const model of [shaped(10, 4), shaped(12, 4, { groups: 4, groupsPerToken: 2 })]) {
    const router = makeRouter(model, twinParameters(model), 5)
    for (const table of [router.tokenLoadings, router.noise]) table.fill(0)
    assert.isAtLeast(idsCompared(router, makeChooser(model), 0, true), 700 * model.topK)
    const out = new Uint16Array(8)
    layerRoutes(router, makeChooser(model), 0).route(0, inputsOf(model.experts, 2, 1, true), out)
    assert.deepStrictEqual([...out], [0, 1, 2, 3, 0, 1, 2, 3])
  }
})

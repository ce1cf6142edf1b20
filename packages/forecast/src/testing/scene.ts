/** Made-up layers to try predictors on, and everything that they say about them. */
import { type LayerSelections, missingExpert } from "@moira/trace"
import { random } from "@moira/core"
import type { LayerForecaster, LayerRows, LayerSetup, Predictor } from "../predictor.ts"
import { role } from "../roles.ts"

/** Two adjacent layers of some requests, and the role of each request. */
export interface Scene {
  readonly setup: LayerSetup
  readonly roles: Uint8Array
  readonly current: LayerSelections
  readonly earlier: LayerSelections
}

export interface SceneOptions {
  readonly seed: number
  readonly experts?: number
  readonly topK?: number
  readonly requests?: number
  readonly holes?: number
  /** Experts that training requests never choose: the highest ids. */
  readonly unseen?: number
}

/** Tokens of a request: prefill and decode, both of them sometimes none. */
const lengths = (requests: number, below: (n: number) => number) =>
  Array.from({ length: requests }, (_, r) => ({
    prefill: r % 4 === 3 ? 0 : below(5),
    decode: r % 5 === 4 ? 0 : 2 + below(7)
  }))

/** Requests that favour low ids, repeat themselves, and whose next layer follows from the one before. */
export const makeScene = (options: SceneOptions): Scene => {
  const { seed, experts = 9, topK = 2, requests = 12, holes = 0, unseen = 0 } = options
  const { below, uniform } = random(seed)
  const sizes = lengths(requests, below)
  const offsets = new Uint32Array(requests + 1)
  sizes.forEach(({ prefill, decode }, r) => (offsets[r + 1] = offsets[r]! + prefill + decode))
  const roles = Uint8Array.from({ length: requests }, (_, r) =>
    r === 0 ? role.train : r === 1 ? role.validation : r === 2 ? role.test : below(3)
  )
  const rows = offsets[requests]!
  const ids = { current: new Uint16Array(rows * topK), earlier: new Uint16Array(rows * topK) }
  const draw = (from: number, seen: number, into: Uint16Array, row: number, likely: () => number): void => {
    const chosen = new Set<number>()
    while (chosen.size < Math.min(topK, seen)) {
      chosen.add(uniform() < 0.5 ? likely() % seen : Math.floor(uniform() ** 2 * seen))
    }
    ;[...chosen].forEach((id, k) => (into[row * topK + k] = uniform() < holes ? missingExpert : id + from))
  }
  for (let r = 0; r < requests; r++) {
    const seen = roles[r] === role.test ? experts : experts - unseen
    for (let row = offsets[r]!; row < offsets[r + 1]!; row++) {
      draw(0, seen, ids.earlier, row, () => (row > offsets[r]! ? ids.earlier[(row - 1) * topK]! : r))
      draw(0, seen, ids.current, row, () => ids.earlier[row * topK + below(topK)]! + 1)
    }
  }
  const layer = (number: number, of: Uint16Array): LayerSelections => ({
    layer: number,
    experts,
    topK,
    firstRequest: 0,
    requests,
    ids: of,
    offsets,
    prefillRows: Uint32Array.from(sizes, ({ prefill }) => prefill)
  })
  const tasks = {
    names: ["a", "b"],
    families: ["f"],
    familyOf: new Int32Array(2),
    of: Int32Array.from({ length: requests }, (_, r) => r % 2)
  }
  return {
    setup: { layerIndex: 1, experts, topK, tasks },
    roles,
    current: layer(3, ids.current),
    earlier: layer(1, ids.earlier)
  }
}

/** The requests of a role, cut into parts: `cuts` are the first requests of the parts after the first. */
const rowsOf = (scene: Scene, wanted: number, cuts: ReadonlyArray<number> = []): ReadonlyArray<LayerRows> => {
  const bounds = [0, ...cuts, scene.current.requests]
  return bounds.slice(1).map((to, i) => {
    const from = bounds[i]!
    const { offsets, prefillRows, topK } = scene.current
    const cut = (of: LayerSelections): LayerSelections => ({
      ...of,
      firstRequest: from,
      requests: to - from,
      ids: of.ids.slice(offsets[from]! * topK, offsets[to]! * topK),
      offsets: offsets.slice(from, to + 1).map((offset) => offset - offsets[from]!),
      prefillRows: prefillRows.slice(from, to)
    })
    const use = Uint32Array.from({ length: to - from }, (_, r) => r).filter((r) => scene.roles[from + r] === wanted)
    return { current: cut(scene.current), earlier: cut(scene.earlier), use }
  })
}

/** A predictor trained on a scene, its requests cut as wished and the parts' states merged in the order of `merge`. */
export const trainOn = (
  predictor: Predictor,
  scene: Scene,
  cuts: ReadonlyArray<number> = [],
  merge: (states: Array<unknown>) => Array<unknown> = (states) => states
): LayerForecaster => {
  const fold = predictor.train(scene.setup)
  const states = merge(
    rowsOf(scene, role.train, cuts).map((rows) => {
      const state = fold.empty()
      fold.add(state, rows)
      return state
    })
  )
  for (const state of states.slice(1)) fold.merge(states[0], state)
  return fold.finish(states[0], rowsOf(scene, role.validation, cuts))
}

/** What a predictor says of a test token. */
export interface Said {
  readonly request: number
  readonly step: number
  readonly scores: ReadonlyArray<number>
  readonly chosen: ReadonlyArray<number>
}

/** Scores that must be overwritten. */
const unwritten = -1

/** Everything that a trained predictor says of a scene's test requests, as unit `unit` of `units`. */
export const sayAll = (
  { lead }: Pick<Predictor, "lead">,
  forecaster: LayerForecaster,
  scene: Scene,
  options: { readonly unit?: number; readonly units?: number; readonly showEarlier?: boolean } = {}
): ReadonlyArray<Said> => {
  const { unit = 0, units = 1, showEarlier = lead === "layer" } = options
  const { current, earlier, setup } = scene
  const { offsets, prefillRows, topK, experts } = current
  const session = forecaster.open(units)
  const out: Array<Said> = []
  for (let r = 0; r < current.requests; r++) {
    if (scene.roles[r] !== role.test) continue
    session.begin(unit, setup.tasks.of[r]!)
    for (let t = offsets[r]!; t < offsets[r + 1]!; t++) {
      const step = t - offsets[r]! - prefillRows[r]!
      const [from, to] = [t * topK, (t + 1) * topK]
      const scores = new Float64Array(experts).fill(unwritten)
      if (lead === "none") session.reveal?.(unit, step, current.ids, from, to)
      session.predict(unit, step, scores, earlier.ids, showEarlier ? from : 0, showEarlier ? to : 0)
      const chosen = [...current.ids.subarray(from, to)].filter((id) => id < experts)
      out.push({ request: r, step, scores: [...scores], chosen })
      session.observe(unit, step, current.ids, from, to)
    }
  }
  return out
}

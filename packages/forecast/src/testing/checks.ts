/** What every predictor must do, as named checks. A check throws where the predictor fails. */
import { assert } from "@effect/vitest"
import { missingExpert } from "@moira/trace"
import { forecastContract, type LayerForecaster, type Predictor } from "../predictor.ts"
import { role } from "../roles.ts"
import { topExperts } from "../top.ts"
import { makeScene, type Said, sayAll, type Scene, type SceneOptions, trainOn } from "./scene.ts"

export interface Check {
  readonly name: string
  readonly run: () => void
}

const seeds = [1, 2, 3, 4, 5, 6]

const said = (predictor: Predictor, scene: Scene): ReadonlyArray<Said> =>
  sayAll(predictor, trainOn(predictor, scene), scene)

/** The test requests continued differently from `step` on: what was said up to it must stand. */
const otherFuture = (scene: Scene, step: number): Scene => {
  const { current, earlier, roles } = scene
  const { offsets, prefillRows, topK, experts } = current
  const ids = [current.ids.slice(), earlier.ids.slice()] as const
  for (let r = 0; r < current.requests; r++) {
    if (roles[r] !== role.test) continue
    const first = Math.max(offsets[r]!, offsets[r]! + prefillRows[r]! + step)
    for (let i = first * topK; i < offsets[r + 1]! * topK; i++) {
      ids[0][i] = ids[0][i] === missingExpert ? missingExpert : (ids[0][i]! + 3) % experts
      // The layer before is known at `step` itself.
      if (i >= (first + 1) * topK) ids[1][i] = ids[1][i] === missingExpert ? missingExpert : (ids[1][i]! + 5) % experts
    }
  }
  return { ...scene, current: { ...current, ids: ids[0] }, earlier: { ...earlier, ids: ids[1] } }
}

/** Expert `e` renamed to `experts - 1 - e` everywhere. */
const renamed = (scene: Scene): Scene => {
  const { experts } = scene.setup
  const rename = (ids: Uint16Array) => ids.map((id) => (id < experts ? experts - 1 - id : id))
  return {
    ...scene,
    current: { ...scene.current, ids: rename(scene.current.ids) },
    earlier: { ...scene.earlier, ids: rename(scene.earlier.ids) }
  }
}

const checkScores = (predictor: Predictor, scene: Scene): void => {
  const { experts, topK } = scene.setup
  const named = new Uint16Array(experts)
  for (const { scores, request, step } of said(predictor, scene)) {
    const where = `request ${request}, step ${step}`
    assert.isTrue(
      scores.every((score) => Number.isFinite(score) && score >= 0),
      `${where}: every expert has a finite score that is not negative`
    )
    if (predictor.probabilities) {
      const total = scores.reduce((a, b) => a + b, 0)
      assert.closeTo(total, 1, 1e-6, `${where}: probabilities add up to one`)
    }
    const count = topExperts(Float64Array.from(scores), Math.min(experts, 2 * topK), named)
    const top = [...named.subarray(0, count)]
    assert.isTrue(new Set(top).size === count && top.every((id) => id < experts), `${where}: ids valid and distinct`)
  }
}

const scenes: ReadonlyArray<readonly [name: string, options: SceneOptions]> = [
  ["with holes", { seed: 7, holes: 0.3 }],
  ["where all ids are holes", { seed: 8, holes: 1 }],
  ["with experts that training never saw", { seed: 9, unseen: 4 }],
  ["with one training request", { seed: 10, requests: 3 }],
  ["of a top-1 model", { seed: 11, topK: 1 }],
  ["of a model that chooses all its experts", { seed: 12, experts: 3, topK: 3 }]
]

const nobody = (scene: Scene): Scene => ({ ...scene, roles: new Uint8Array(scene.roles.length).fill(role.test) })

/** Two units in turn, token by token: each must say what it says alone. */
const interleaved = (predictor: Predictor, forecaster: LayerForecaster, scene: Scene) => {
  const { offsets, topK, experts } = scene.current
  const tests = [...scene.roles.keys()].filter((r) => scene.roles[r] === role.test).slice(0, 2)
  const session = forecaster.open(2)
  const out = tests.map((): Array<ReadonlyArray<number>> => [])
  tests.forEach((r, unit) => session.begin(unit, scene.setup.tasks.of[r]!))
  const longest = Math.max(...tests.map((r) => offsets[r + 1]! - offsets[r]!))
  for (let i = 0; i < longest; i++) {
    for (const phase of ["predict", "observe"] as const) {
      tests.forEach((r, unit) => {
        const t = offsets[r]! + i
        if (t >= offsets[r + 1]!) return
        const step = i - scene.current.prefillRows[r]!
        const range = [t * topK, (t + 1) * topK] as const
        if (phase === "observe") return session.observe(unit, step, scene.current.ids, ...range)
        const scores = new Float64Array(experts)
        if (predictor.lead === "none") session.reveal?.(unit, step, scene.current.ids, ...range)
        const shown = predictor.lead === "layer" ? range : ([0, 0] as const)
        session.predict(unit, step, scores, scene.earlier.ids, ...shown)
        out[unit]!.push([...scores])
      })
    }
  }
  return { tests, out }
}

const contractCheck = (predictor: Predictor): Check => ({
  name: "names itself, its contract, its lead and what it costs",
  run: () => {
    assert.strictEqual(predictor.contract, forecastContract)
    assert.match(predictor.id, /^[a-z0-9][a-z0-9-]*$/)
    assert.include(["token", "layer", "none"], predictor.lead)
    assert.isTrue(predictor.title.length > 0 && predictor.description.length > 0)
    const { cost } = trainOn(predictor, makeScene({ seed: 1 }))
    for (const amount of [cost.tableBytes, cost.unitBytes, cost.operations])
      assert.isTrue(Number.isSafeInteger(amount) && amount >= 0, `cost ${amount} is a whole number`)
  }
})

const peekChecks = (predictor: Predictor): ReadonlyArray<Check> => [
  {
    name: "does not peek: another future of the test requests changes nothing that was said before",
    run: () => {
      for (const seed of seeds) {
        const scene = makeScene({ seed })
        for (const step of [-1, 0, 1, 3]) {
          const before = (all: ReadonlyArray<Said>) =>
            all.filter((one) => one.step <= step).map(({ request, step: at, scores }) => ({ request, at, scores }))
          assert.deepStrictEqual(before(said(predictor, otherFuture(scene, step))), before(said(predictor, scene)))
        }
      }
    }
  },
  predictor.lead === "layer"
    ? {
        name: "needs its lead: what is chosen at the layer before changes what it says",
        run: () => {
          const scene = makeScene({ seed: 1 })
          const trained = trainOn(predictor, scene)
          assert.notDeepEqual(
            sayAll(predictor, trained, scene, { showEarlier: false }),
            sayAll(predictor, trained, scene, { showEarlier: true })
          )
        }
      }
    : {
        name: "keeps its lead: what is chosen at the layer before changes nothing",
        run: () => {
          const scene = makeScene({ seed: 1 })
          const trained = trainOn(predictor, scene)
          assert.deepStrictEqual(
            sayAll(predictor, trained, scene, { showEarlier: true }),
            sayAll(predictor, trained, scene, { showEarlier: false })
          )
        }
      }
]

const oracleCheck: (predictor: Predictor) => Check = (predictor) => ({
  name: "puts the answer first, being told it",
  run: () => {
    for (const { scores, chosen } of said(predictor, makeScene({ seed: 1 }))) {
      const others = scores.filter((_, e) => !chosen.includes(e))
      assert.isAbove(Math.min(...chosen.map((e) => scores[e]!)), Math.max(...others))
    }
  }
})

const trainingChecks = (predictor: Predictor): ReadonlyArray<Check> => [
  {
    name: "is deterministic: two trainings say the same",
    run: () => {
      for (const seed of seeds) {
        assert.deepStrictEqual(said(predictor, makeScene({ seed })), said(predictor, makeScene({ seed })))
      }
    }
  },
  {
    name: "trains the same from any ranges of requests, merged in any order",
    run: () => {
      for (const seed of seeds) {
        const scene = makeScene({ seed })
        const whole = said(predictor, scene)
        const parts = (reverse: boolean) =>
          trainOn(predictor, scene, [1, 4, 5, 9], (states) => (reverse ? states.toReversed() : states))
        assert.deepStrictEqual(sayAll(predictor, parts(false), scene), whole)
        assert.deepStrictEqual(sayAll(predictor, parts(true), scene), whole)
      }
    }
  },
  {
    name: "treats all experts alike: renaming them renames what is said",
    run: () => {
      for (const seed of seeds) {
        const scene = makeScene({ seed })
        const whole = said(predictor, scene)
        said(predictor, renamed(scene)).forEach(({ scores }, i) => {
          scores.toReversed().forEach((score, e) => assert.closeTo(score, whole[i]!.scores[e]!, 1e-6))
        })
      }
    }
  },
  {
    name: "leaves its inputs alone",
    run: () => {
      const scene = makeScene({ seed: 2 })
      said(predictor, scene)
      assert.deepStrictEqual(scene, makeScene({ seed: 2 }))
    }
  }
]

const sessionChecks = (predictor: Predictor): ReadonlyArray<Check> => [
  {
    name: "keeps units apart: two in turn say what each says alone",
    run: () => {
      for (const seed of seeds) {
        const scene = makeScene({ seed })
        const trained = trainOn(predictor, scene)
        const alone = sayAll(predictor, trained, scene)
        const { tests, out } = interleaved(predictor, trained, scene)
        tests.forEach((r, unit) => {
          const own = alone.filter(({ request }) => request === r).map(({ scores }) => scores)
          assert.deepStrictEqual(out[unit], own)
        })
        assert.deepStrictEqual(sayAll(predictor, trained, scene, { unit: 2, units: 3 }), alone)
      }
    }
  },
  {
    name: "starts afresh: a request says the same whatever ran before it",
    run: () => {
      const scene = makeScene({ seed: 3 })
      const trained = trainOn(predictor, scene)
      const all = sayAll(predictor, trained, scene)
      const lastRequest = all.at(-1)!.request
      const others = scene.roles.map((of, r) => (of === role.test && r !== lastRequest ? role.train : of))
      const alone = sayAll(predictor, trained, { ...scene, roles: others })
      assert.deepStrictEqual(
        alone,
        all.filter(({ request }) => request === lastRequest)
      )
    }
  },
  {
    name: "learns nothing from holes: a hole says nothing, in any number",
    run: () => {
      const scene = makeScene({ seed: 5 })
      const trained = trainOn(predictor, scene)
      const { experts } = scene.setup
      const after = (ids: ReadonlyArray<number>) => {
        const session = trained.open(1)
        const scores = new Float64Array(experts)
        session.begin(0, 0)
        session.observe(0, -1, Uint16Array.from(ids), 0, ids.length)
        if (predictor.lead === "none") session.reveal?.(0, 0, Uint16Array.from(ids), 0, ids.length)
        const shown = predictor.lead === "layer" ? ids.length : 0
        session.predict(0, 0, scores, Uint16Array.from(ids), 0, shown)
        return [...scores]
      }
      assert.deepStrictEqual(after([4, missingExpert, missingExpert]), after([4]))
      assert.deepStrictEqual(after([missingExpert]), after([]))
    }
  },
  {
    name: "takes units of many tokens, and of none, in a step",
    run: () => {
      const scene = makeScene({ seed: 4 })
      const { experts } = scene.setup
      const session = trainOn(predictor, scene).open(1)
      const scores = new Float64Array(experts)
      session.begin(0, -1)
      for (const [step, count] of [40, 0, 3, 90].entries()) {
        const ids = Uint16Array.from({ length: count }, (_, i) => (i * 5 + step) % experts)
        if (predictor.lead === "none") session.reveal?.(0, step, ids, 0, count)
        session.predict(0, step, scores.fill(-1), ids, 0, predictor.lead === "layer" ? count : 0)
        assert.isTrue(scores.every((score) => Number.isFinite(score) && score >= 0))
        session.observe(0, step, ids, 0, count)
      }
    }
  }
]

/** Checks of a predictor. */
export const predictorChecks = (predictor: Predictor): ReadonlyArray<Check> => [
  contractCheck(predictor),
  ...(predictor.lead === "none" ? [oracleCheck(predictor)] : peekChecks(predictor)),
  ...trainingChecks(predictor),
  ...sessionChecks(predictor),
  ...scenes.map(([name, options]) => ({
    name: `scores every expert of a trace ${name}`,
    run: () => checkScores(predictor, makeScene(options))
  })),
  {
    name: "scores every expert without any training or validation requests",
    run: () => checkScores(predictor, nobody(makeScene({ seed: 13 })))
  }
]

/** The kit must catch broken predictors: each differs from a sound one in a single habit. */
import { assert, describe, it } from "@effect/vitest"
import type { LayerFold, LayerForecaster, LayerRows, LayerSession, Predictor } from "../src/predictor.ts"
import { predictorChecks } from "../src/testing/checks.ts"
import recency from "../src/predictors/recency.ts"
import crossLayer from "../src/predictors/cross-layer.ts"
import oracle from "../src/predictors/oracle.ts"

const failing = (predictor: Predictor): ReadonlyArray<string> =>
  predictorChecks(predictor).flatMap(({ name, run }) => {
    try {
      run()
      return []
    } catch {
      return [name]
    }
  })

const withForecaster = (
  predictor: Predictor,
  change: (forecaster: LayerForecaster, seen: ReadonlyArray<LayerRows>) => LayerForecaster
): Predictor => ({
  ...predictor,
  train: (setup) => {
    const fold = predictor.train(setup)
    const seen: Array<LayerRows> = []
    return {
      ...fold,
      add: (state, rows) => {
        seen.push(rows)
        fold.add(state, rows)
      },
      finish: (state, validation) => change(fold.finish(state, validation), seen)
    }
  }
})

const withSession = (predictor: Predictor, change: (session: LayerSession) => Partial<LayerSession>): Predictor =>
  withForecaster(predictor, (forecaster) => ({
    ...forecaster,
    open: (units) => {
      const session = forecaster.open(units)
      return { ...session, ...change(session) }
    }
  }))

const withFold = (predictor: Predictor, change: (fold: LayerFold<any>) => Partial<LayerFold<any>>): Predictor => ({
  ...predictor,
  train: (setup) => {
    const fold = predictor.train(setup)
    return { ...fold, ...change(fold) }
  }
})

let calls = 0

const broken: ReadonlyArray<readonly [habit: string, predictor: Predictor, caught: RegExp]> = [
  ["has another contract", { ...recency, contract: "forecast/v0" as never }, /names itself/],
  [
    "costs a fraction",
    withForecaster(recency, (f) => ({ ...f, cost: { ...f.cost, tableBytes: 0.5 } })),
    /names itself/
  ],
  ["claims a lead it does not need", { ...recency, lead: "layer" }, /needs its lead/],
  ["hides the lead it needs", { ...crossLayer, lead: "token" }, /keeps its lead/],
  [
    "reads ahead in the rows it was trained on",
    withForecaster(recency, (f, seen) => ({
      ...f,
      open: (units) => {
        const session = f.open(units)
        let at = 0
        return {
          ...session,
          predict: (...args) => {
            session.predict(...args)
            const { ids, experts } = seen[0]!.current
            const id = ids[(at += 2) % ids.length]!
            if (id < experts) args[2][id]! += 1e-3
          }
        }
      }
    })),
    /does not peek/
  ],
  [
    "trains on requests that are not its own",
    withFold(recency, (fold) => ({
      add: (state, rows) =>
        fold.add(state, { ...rows, use: Uint32Array.from({ length: rows.current.requests }, (_, r) => r) })
    })),
    /does not peek/
  ],
  [
    "draws at random",
    withSession(recency, (session) => ({
      predict: (unit, step, scores, ...rest) => {
        session.predict(unit, step, scores, ...rest)
        scores[0]! += 1e-9 * (calls++ % 1000)
      }
    })),
    /deterministic/
  ],
  ["drops a state when merging", withFold(recency, () => ({ merge: () => undefined })), /any ranges of requests/],
  [
    "scores beyond probability",
    withSession(recency, (session) => ({
      predict: (unit, step, scores, ...rest) => {
        session.predict(unit, step, scores, ...rest)
        scores[0]! += 0.1
      }
    })),
    /with holes/
  ],
  [
    "leaves an expert without a score",
    withSession(recency, (session) => ({
      predict: (unit, step, scores, ...rest) => {
        const kept = scores.slice()
        session.predict(unit, step, kept, ...rest)
        scores.set(kept.subarray(1), 1)
      }
    })),
    /with holes/
  ],
  [
    "gives NaN where it knows nothing",
    withSession(recency, (session) => ({
      predict: (unit, step, scores, ...rest) => {
        session.predict(unit, step, scores, ...rest)
        if (step === 0) scores[1] = 0 / 0
      }
    })),
    /holes/
  ],
  [
    "reads holes as an expert",
    withSession(recency, (session) => ({
      observe: (unit, step, ids, from, to) => {
        const read = Array.prototype.slice.call(ids, from, to).map((id: number) => (id === 0xffff ? 0 : id))
        session.observe(unit, step, read, 0, to - from)
      }
    })),
    /a hole says nothing/
  ],
  ["never forgets", withSession(recency, () => ({ begin: () => undefined })), /starts afresh/],
  [
    "mixes up its units",
    withSession(recency, (session) => ({
      begin: (_unit, task) => session.begin(0, task),
      observe: (_unit, ...rest) => session.observe(0, ...rest),
      predict: (_unit, ...rest) => session.predict(0, ...rest)
    })),
    /keeps units apart/
  ],
  [
    "writes into what it observes",
    withSession(recency, (session) => ({
      observe: (unit, step, ids, from, to) => {
        session.observe(unit, step, ids, from, to)
        if (to > from) (ids as Uint16Array)[from] = 0
      }
    })),
    /leaves its inputs alone/
  ],
  [
    "prefers low ids",
    withSession(recency, (session) => ({
      predict: (unit, step, scores, ...rest) => {
        session.predict(unit, step, scores, ...rest)
        for (let e = 1; e < scores.length; e++) {
          const moved = scores[e]! / 100
          scores[e]! -= moved
          scores[0]! += moved
        }
      }
    })),
    /treats all experts alike/
  ],
  [
    "holds no more than one token's experts",
    withSession(recency, (session) => ({
      observe: (unit, step, ids, from, to) => {
        if (to - from > 4) throw new RangeError("too many")
        session.observe(unit, step, ids, from, to)
      }
    })),
    /units of many tokens/
  ],
  [
    "is told the answer and errs",
    withSession(oracle, (session) => ({
      reveal: (unit, step, ids, from, to) => session.reveal!(unit, step, ids, from, to - 1)
    })),
    /puts the answer first/
  ]
]

describe("the kit", () => {
  for (const sound of [recency, crossLayer, oracle])
    it(`passes ${sound.id}`, () => assert.deepStrictEqual(failing(sound), []))
  for (const [habit, predictor, caught] of broken) {
    it(`catches a predictor that ${habit}`, () => {
      const names = failing(predictor)
      assert.isTrue(
        names.some((name) => caught.test(name)),
        `failed: ${names.join("; ") || "nothing"}`
      )
    })
  }
})

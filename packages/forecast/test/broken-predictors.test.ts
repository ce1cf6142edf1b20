/** A stranger's predictor that gives what its contract forbids is told in one line that names it. */
import { assert, it } from "@effect/vitest"
import { PluginFault, surfacePluginFaults } from "@moira/core"
import { importedFrom } from "@moira/core/testing"
import { accumulate, traceContext } from "@moira/trace"
import { tinyTrace } from "@moira/trace/testing"
import { Effect } from "effect"
import { forecast } from "../src/evaluation/forecast.ts"
import type { LayerFold, LayerForecaster, LayerSession, Predictor } from "../src/predictor.ts"
import popularity from "../src/predictors/popularity.ts"
import recency from "../src/predictors/recency.ts"
import mixture from "../src/predictors/mixture.ts"
import { openForecast } from "../src/session.ts"
import { trainForecast } from "../src/training.ts"

const module = "file:///strangers/mine.ts"
const mine = (predictor: Predictor): Predictor => importedFrom({ ...predictor, id: "mine" }, module)

const withFold = (change: (fold: LayerFold<any>) => Partial<LayerFold<any>>): Predictor =>
  mine({
    ...recency,
    train: (setup) => {
      const fold = recency.train(setup)
      return { ...fold, ...change(fold) }
    }
  })

const withForecaster = (change: (forecaster: LayerForecaster) => any): Predictor =>
  withFold((fold) => ({ finish: (state, validation) => change(fold.finish(state, validation)) }))

const withSession = (change: (session: LayerSession) => any): Predictor =>
  withForecaster((forecaster) => ({ ...forecaster, open: (units: number) => change(forecaster.open(units)) }))

const withScores = (spoil: (scores: Float64Array) => void): Predictor =>
  withSession((session) => ({
    ...session,
    predict: (...call: Parameters<LayerSession["predict"]>) => {
      session.predict(...call)
      spoil(call[2])
    }
  }))

const broke = (): never => {
  throw new RangeError("broke\nat line 3")
}
const rejected = (): any => Promise.reject(new Error("later"))

const fitted = (fit: (members: number) => any): Predictor =>
  mine({
    ...mixture,
    combination: { members: mixture.combination!.members, fit: () => fit(mixture.combination!.members.length) }
  })

const broken: Record<string, readonly [Predictor, PluginFault["reason"], RegExp]> = {
  "scores NaN": [
    withScores((scores) => (scores[3] = NaN)),
    "NotFinite",
    /MoE layer 0, step 0, expert 3: gives NaN for/
  ],
  "scores infinity": [withScores((scores) => (scores[3] = Infinity)), "NotFinite", /expert 3: gives Infinity for/],
  "scores less than nothing": [
    withScores((scores) => (scores[3] = -1)),
    "Negative",
    /expert 3: gives -1 for its score/
  ],
  "gives shares that are too many": [
    withScores((scores) => scores.fill(1)),
    "WrongSum",
    /MoE layer 0, step 0: its shares add up to 12, not to 1/
  ],
  "gives shares that are too few": [withScores((scores) => scores.fill(0)), "WrongSum", /add up to 0, not to 1/],
  "costs NaN": [
    withForecaster((one) => ({ ...one, cost: { ...one.cost, operations: NaN } })),
    "NotFinite",
    /training of MoE layer 0: gives NaN for cost.operations/
  ],
  "costs less than nothing": [
    withForecaster((one) => ({ ...one, cost: { ...one.cost, tableBytes: -2 } })),
    "Negative",
    /gives -2 for cost.tableBytes/
  ],
  "names no costs": [withForecaster(({ open }) => ({ open })), "WrongShape", /gives undefined for cost.tableBytes/],
  "gives no forecaster": [withForecaster(() => {}), "WrongShape", /gives undefined, not a forecaster/],
  "gives a promise that fails": [
    withForecaster(rejected),
    "WrongShape",
    /gives an object \(Promise\), not a forecaster/
  ],
  "opens no session": [withForecaster((one) => ({ ...one, open: () => 3 })), "WrongShape", /gives 3, not a session/],
  "throws when it is trained": [
    mine({ ...recency, train: broke }),
    "Threw",
    /training of MoE layer 0: throws RangeError/
  ],
  "throws while it learns": [
    withFold(() => ({ add: broke })),
    "Threw",
    /training of MoE layer 0: throws RangeError: broke;/
  ],
  "throws when it begins": [withSession((session) => ({ ...session, begin: broke })), "Threw", /MoE layer 0: throws/],
  "throws when it observes": [
    withSession((session) => ({ ...session, observe: broke })),
    "Threw",
    /MoE layer 0, step -\d+: throws RangeError: broke;/
  ],
  "throws when it predicts": [
    withSession((session) => ({ ...session, predict: broke })),
    "Threw",
    /MoE layer 0, step 0: throws RangeError: broke;/
  ],
  "fits too few weights": [
    fitted(() => ({ weights: new Float64Array(1), combine: () => {} })),
    "WrongShape",
    /fit of MoE layer 0: gives 1 weights for \d+ members/
  ],
  "fits NaN": [
    fitted((members) => ({ weights: new Float64Array(members).fill(NaN), combine: () => {} })),
    "NotFinite",
    /fit of MoE layer 0: weighs member 0 by NaN/
  ],
  "combines to nothing": [
    fitted((members) => ({ weights: new Float64Array(members), combine: () => {} })),
    "WrongSum",
    /MoE layer 0: its shares add up to 0, not to 1/
  ],
  "throws when it fits": [fitted(broke), "Threw", /fit of MoE layer 0: throws RangeError: broke;/]
}

for (const [name, [predictor, reason, line]] of Object.entries(broken))
  it.effect(`a predictor that ${name}`, () =>
    Effect.gen(function* () {
      const context = yield* traceContext
      const result = forecast(context, { predictors: [popularity, predictor], caches: [] })
      const fault = yield* Effect.flip(surfacePluginFaults(accumulate({ result })))
      assert.instanceOf(fault, PluginFault)
      if (!(fault instanceof PluginFault)) return
      assert.strictEqual(fault.reason, reason, fault.message)
      assert.isTrue(fault.message.startsWith(`predictor mine (${module}), `), fault.message)
      assert.match(fault.message, line)
      assert.match(
        fault.message,
        /; hint: the predictor is wrong: run it through predictorConformance of @moira\/forecast/
      )
      if (reason === "Threw") assert.match(String(fault.cause), /broke/)
    }).pipe(Effect.provide(tinyTrace(20, 3)))
  )

it.effect("a trained forecast keeps looking at what simulators ask of it", () =>
  Effect.gen(function* () {
    const trained = yield* trainForecast(withScores((scores) => (scores[1] = NaN)))
    const session = openForecast(trained, 1)
    session.begin(0, -1)
    assert.throws(
      () => session.predict(0, 2, 5, new Float64Array(trained.experts)),
      /^predictor mine \(.*\), MoE layer 2, step 5, expert 1: gives NaN for its score/
    )
    const refused = yield* Effect.flip(trainForecast(withFold(() => ({ add: broke }))))
    assert.instanceOf(refused, PluginFault)
  }).pipe(Effect.provide(tinyTrace(20, 3)))
)

/** Predictors whose answers are looked at: a finite score that is not negative for every expert. */
import {
  amountFault,
  type Called,
  calling,
  enter,
  fingerprint,
  leave,
  numberOf,
  pluginFault,
  printFactor,
  shown,
  threw,
  whenToLook,
  type WrongAnswer
} from "@moira/core"
import { kernelMemory } from "./kernels/memory.ts"
import type {
  Combiner,
  LayerForecaster,
  LayerRows,
  LayerSession,
  LayerSetup,
  Predictor,
  ValidationScores
} from "./predictor.ts"

/** How far the sum of shares may be from one: their rounding errors, with room. */
const sumError = 1e-6

/**
 * Whether scores are finite and not negative, and add up to one where they are shares. A hot loop, which still takes as long
 * as the cheapest forecasts: it looks at one in so many.
 */
const soundScores = (scores: Float64Array, shares: boolean): boolean => {
  const memory = kernelMemory()
  if (memory !== undefined && scores.buffer === memory.buffer)
    return memory.call.soundScores(scores.byteOffset, scores.length, Number(shares), sumError) !== 0
  let sum = 0
  for (let e = 0; e < scores.length; e++) {
    const score = scores[e]!
    if (!(score >= 0)) return false
    sum += score
  }
  return sum < Infinity && (!shares || Math.abs(sum - 1) <= sumError)
}

/** What is wrong with scores that are not sound, and of which expert. */
const scoresFault = (scores: Float64Array): readonly [expert: string, wrong: WrongAnswer] => {
  const e = scores.findIndex((score) => !(score >= 0 && score < Infinity))
  if (e >= 0) return [`, expert ${e}`, amountFault(scores[e], "its score")!]
  const sum = scores.reduce((a, b) => a + b, 0)
  return ["", { reason: "WrongSum", what: `its shares add up to ${sum}, not to 1` }]
}

const calledAs = (plugin: Predictor): Called => ({
  kind: "predictor",
  plugin,
  kit: "predictorConformance of @moira/forecast/testing"
})

const layerOf = ({ layerIndex }: LayerSetup): string => `MoE layer ${layerIndex}`

/** The part of a list of ids that a call is about, as a number. */
const idsPrint = (ids: ArrayLike<number>, from: number, to: number): number => {
  let sum = 0
  for (let i = from; i < to; i++) sum = (sum + Math.imul(printFactor(i), ids[i]! + 1)) | 0
  return sum
}

const checkedSession = (session: LayerSession, called: Called, shares: boolean, layer: string): LayerSession => {
  const { reveal } = session
  // What it gives is looked at each time, if it is from outside; what it is told for a while.
  const looked = whenToLook(called, Infinity)
  const looksOn = whenToLook(called)
  const number = numberOf(called)
  const refuseWritten = (step: number): never => {
    const what = "writes to the selections that it is told"
    throw pluginFault(called, `${layer}, step ${step}`, { reason: "ChangedInput", what })
  }
  return {
    begin: (unit, task) => {
      const outer = enter(number)
      try {
        session.begin(unit, task)
      } catch (cause) {
        throw threw(called, layer, cause)
      }
      leave(outer)
    },
    observe: (unit, step, ids, from, to) => {
      const look = looksOn()
      const told = look ? idsPrint(ids, from, to) : 0
      const outer = enter(number)
      try {
        session.observe(unit, step, ids, from, to)
      } catch (cause) {
        throw threw(called, `${layer}, step ${step}`, cause)
      }
      leave(outer)
      if (look && idsPrint(ids, from, to) !== told) refuseWritten(step)
    },
    predict: (unit, step, scores, earlier, from, to) => {
      const look = looked()
      const told = look ? idsPrint(earlier, from, to) : 0
      let given: unknown
      const outer = enter(number)
      try {
        given = session.predict(unit, step, scores, earlier, from, to)
      } catch (cause) {
        throw threw(called, `${layer}, step ${step}`, cause)
      }
      leave(outer)
      if (given instanceof Promise) {
        const what = `gives ${shown(given)}, where scores are awaited by nobody`
        throw pluginFault(called, `${layer}, step ${step}`, { reason: "WrongShape", what })
      }
      if (!look) return
      if (idsPrint(earlier, from, to) !== told) refuseWritten(step)
      if (soundScores(scores, shares)) return
      const [expert, wrong] = scoresFault(scores)
      throw pluginFault(called, `${layer}, step ${step}${expert}`, wrong)
    },
    ...(reveal === undefined ? {} : { reveal: reveal.bind(session) })
  }
}

/** Rows that predictors share, as a number: whoever writes to them changes what all others are trained and judged on. */
const rowsPrint = (rows: ReadonlyArray<LayerRows>): number => {
  let sum = 0
  for (const { current, earlier, use } of rows) {
    sum += fingerprint(use)
    for (const part of [current, earlier]) {
      if (part === undefined) continue
      const { ids, offsets, prefillRows, topK } = part
      sum += fingerprint(ids) + 3 * fingerprint(offsets) + 5 * fingerprint(prefillRows) + topK
    }
  }
  return sum
}

/** Costs that are no amounts; nothing where all are. */
const costFault = (forecaster: LayerForecaster): WrongAnswer | undefined => {
  for (const name of ["tableBytes", "unitBytes", "operations"] as const) {
    const wrong = amountFault(forecaster.cost?.[name], `cost.${name}`)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/** One layer of `predictor`, trained, with checks of all that it gives from now on. Throws `PluginFault`. */
export const trainLayer = (
  predictor: Predictor,
  setup: LayerSetup,
  train: ReadonlyArray<LayerRows>,
  validation: ReadonlyArray<LayerRows>
): LayerForecaster => {
  const called = calledAs(predictor)
  const layer = layerOf(setup)
  const isOutside = numberOf(called) !== 0
  const told = isOutside ? rowsPrint([...train, ...validation]) : 0
  const forecaster = calling(called, `training of ${layer}`, () => {
    const fold = predictor.train(setup)
    const state = fold.empty()
    for (const rows of train) fold.add(state, rows)
    return fold.finish(state, validation)
  })
  if (isOutside && rowsPrint([...train, ...validation]) !== told) {
    const what = "writes to the selections that it is told"
    throw pluginFault(called, `training of ${layer}`, { reason: "ChangedInput", what })
  }
  if (typeof forecaster?.open !== "function")
    throw pluginFault(called, `training of ${layer}`, {
      reason: "WrongShape",
      what: `gives ${shown(forecaster)}, not a forecaster`
    })
  const wrong = costFault(forecaster)
  if (wrong !== undefined) throw pluginFault(called, `training of ${layer}`, wrong)
  return {
    cost: forecaster.cost,
    open: (units) => {
      const session = calling(called, layer, () => forecaster.open(units))
      if (typeof session?.predict !== "function" || typeof session.observe !== "function")
        throw pluginFault(called, layer, { reason: "WrongShape", what: `gives ${shown(session)}, not a session` })
      return checkedSession(session, called, predictor.probabilities, layer)
    }
  }
}

/** The fitted rule of a combination, with checks of all that it gives; undefined of singles. Throws `PluginFault`. */
export const fitCombiner = (
  predictor: Predictor,
  setup: LayerSetup,
  validation: () => ValidationScores
): Combiner | undefined => {
  const { combination } = predictor
  if (combination === undefined) return undefined
  const called = calledAs(predictor)
  const at = `fit of ${layerOf(setup)}`
  const of = validation()
  const combiner = calling(called, at, () => combination.fit(of))
  const weights = combiner?.weights
  if (typeof combiner?.combine !== "function" || weights?.length !== combination.members.length)
    throw pluginFault(called, at, {
      reason: "WrongShape",
      what: `gives ${weights?.length ?? "no"} weights for ${combination.members.length} members`
    })
  const odd = weights.findIndex((weight) => !Number.isFinite(weight))
  if (odd >= 0) throw pluginFault(called, at, { reason: "NotFinite", what: `weighs member ${odd} by ${weights[odd]}` })
  const looked = whenToLook(called, Infinity)
  const number = numberOf(called)
  return {
    weights,
    combine: (scores, into) => {
      const outer = enter(number)
      try {
        combiner.combine(scores, into)
      } catch (cause) {
        throw threw(called, layerOf(setup), cause)
      }
      leave(outer)
      if (!looked() || soundScores(into, predictor.probabilities)) return
      const [expert, wrong] = scoresFault(into)
      throw pluginFault(called, `${layerOf(setup)}${expert}`, wrong)
    }
  }
}

/** Layer steps of expert-parallel GPUs: tokens out, experts, results back, and nobody goes on before the slowest. */
import { makeDemand, measureDemand } from "./demand.ts"
import type { Engine } from "./engine.ts"
import { type Exchange, exchangePs, type Fabric } from "./machine.ts"
import type { NetworkModel } from "./network.ts"
import type { ExpertTimer, MoeLayerShape } from "./expert-time/moe-layer.ts"
import { type UnitTime, unitTime, unitTimers } from "./unit-time.ts"
import type { LayerWork } from "./work.ts"

/**
 * Elements of results are 16 bits wide, so their bytes give the width, and the FLOP of a token the weights. How many matrices
 * these are in, the work does not say and time does not depend on: they are taken as one.
 */
const shapeOf = ({ weightBytes, flopPerToken, combineBytesPerToken }: LayerWork): MoeLayerShape => {
  const hidden = combineBytesPerToken / 2
  return {
    hidden,
    matrices: 1,
    expertFfn: flopPerToken / (2 * hidden),
    bytesPerWeight: (2 * weightBytes) / flopPerToken
  }
}

/**
 * Makespan = decision + dispatch + experts + combine: no token is sent before it is known where to. The exchange is the
 * machine's own. Experts take what the slowest unit takes by the fitted law, each task by its own tokens, or by
 * {@link unitTime} where nothing was fitted; where weights are read from another unit's memory, the network model times those reads beside
 * the compute, and the longer of both counts. Steps without any token copy have no exchange: their traffic is ignored.
 *
 * `demand.computePs` holds each unit's expert time, so that busy shares speak of measured time and not of FLOP.
 */
export const barrierEngine = (fabric: Fabric, network: NetworkModel): Engine => {
  const { units, machine } = fabric
  if (machine.exchange === undefined) throw new Error("a barrier engine needs a machine with an exchange")
  const exchange: Exchange = machine.exchange(fabric)
  const demand = makeDemand(fabric)
  const fetches = makeDemand(fabric)
  const makespan = network.prepare(fabric)
  const touched = new Float64Array(units)
  const tasksPs = new Float64Array(units)
  let seen: LayerWork | undefined
  let weights: LayerWork | undefined
  let time: UnitTime = () => 0
  let timers: ReadonlyArray<ExpertTimer | undefined> = []
  let traffic = {}
  let bytes = { dispatch: 0, combine: 0 }

  /** Work lists are reused from step to step, so these views of one are made once. */
  const follow = (work: LayerWork): void => {
    if (seen === work) return
    seen = work
    weights = undefined
    time = unitTime(fabric, shapeOf(work))
    timers = unitTimers(fabric, shapeOf(work))
    bytes = { dispatch: work.dispatchBytesPerToken, combine: work.combineBytesPerToken }
    traffic = {
      choices: demand.tokens,
      experts: work.expert.length / units,
      ...(work.tokensAt === undefined ? {} : { tokens: work.tokensAt }),
      ...(work.serverCopies === undefined ? {} : { serverCopies: work.serverCopies })
    }
  }

  /** Experts that lie on a unit, or those that it was given if more; its share of the layer's where the work does not say. */
  const residentOn = ({ resident, expert }: LayerWork, unit: number): number =>
    Math.max(touched[unit]!, resident[unit]! || Math.ceil(expert.length / units / units))

  const expertsPs = (work: LayerWork): number => {
    touched.fill(0)
    tasksPs.fill(0)
    let remote = false
    let tokens = 0
    for (let u = 0; u < units; u++) tokens += demand.tokens[u]!
    const meanTokens = (tokens * units) / work.expert.length
    for (let i = 0; i < work.count; i++) {
      const unit = work.unit[i]!
      if (work.source[i] !== unit) remote = true
      // A copy is read, not computed.
      if (work.tokens[i] === 0) continue
      const timer = timers[unit]
      touched[unit]!++
      if (timer !== undefined) tasksPs[unit]! += timer.expertPs(work.tokens[i]!, timer.tileRows(meanTokens))
    }
    let slowest = 0
    for (let u = 0; u < units; u++) {
      const choices = demand.tokens[u]!
      const timer = timers[u]
      const ps =
        timer === undefined || choices === 0
          ? time(u, touched[u]!, choices)
          : timer.layerPs(tasksPs[u]!, residentOn(work, u), choices)
      demand.computePs[u] = ps
      slowest = Math.max(slowest, ps)
    }
    if (!remote) return Math.ceil(slowest)
    // As many entries as pairs: made only where weights are read from other units.
    weights ??= { ...work, tokenCopies: new Uint32Array(units * units) }
    weights.count = work.count
    // Copied with the view: the decision is waited for before tokens are sent.
    weights.decidedPs = 0
    measureDemand(fabric, weights, fetches)
    return Math.max(Math.ceil(slowest), makespan(weights, fetches))
  }

  const hasCopies = (copies: Uint32Array): boolean => {
    for (let pair = 0; pair < copies.length; pair++) if (copies[pair]! > 0) return true
    return false
  }

  return {
    demand,
    step: (work) => {
      follow(work)
      measureDemand(fabric, work, demand)
      const experts = expertsPs(work)
      if (hasCopies(work.tokenCopies)) {
        const { dispatchPs, combinePs } = exchangePs(exchange, work.tokenCopies, bytes, traffic)
        demand.exchangePs = dispatchPs + combinePs
      }
      return work.decidedPs + experts + demand.exchangePs
    }
  }
}

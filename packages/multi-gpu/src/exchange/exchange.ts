/** Dispatch and combine of a whole cluster: the slowest rank decides. */
import type { Exchange, ExchangeTraffic } from "@moira/hardware"
import type { DirectionConstants, ExchangeConstants } from "../fitted.ts"
import { type ExchangeHardware, lowLatencyPs, normalPs } from "./kernels.ts"
import { makeDirectLoads, makeTwoLevelLoads, type Ranks } from "./rank-loads.ts"

/** Which kernels: `auto` takes low latency up to {@link lowLatencyTokens} tokens a rank, as serving engines do. */
export type ExchangeKind = "auto" | "normal" | "low-latency"

/** Tokens a rank for which engines usually set low-latency buffers up (SGLang's default). */
export const lowLatencyTokens = 128

const defaultExperts = 256

/** Tokens of the rank that has the most; at least as many as one target gets. */
const maxTokens = (copies: ArrayLike<number>, { tokens = copies }: ExchangeTraffic): number => {
  let most = 0
  for (let i = 0; i < tokens.length; i++) most = Math.max(most, tokens[i]!)
  return most
}

/** The exchange of ranks that lie in servers as `ranks` says. */
export const makeExchange = (
  ranks: Ranks,
  kind: ExchangeKind,
  constants: ExchangeConstants,
  hardware: ExchangeHardware
): Exchange => {
  const twoLevel = makeTwoLevelLoads(ranks)
  const direct = makeDirectLoads(ranks)

  /** Whole picoseconds until the slowest rank is done. */
  const slowestPs = (
    { normal, lowLatency }: DirectionConstants,
    copies: ArrayLike<number>,
    bytesPerToken: number,
    traffic: ExchangeTraffic
  ): number => {
    const straight = kind === "auto" ? maxTokens(copies, traffic) <= lowLatencyTokens : kind === "low-latency"
    const experts = traffic.experts ?? defaultExperts
    let slowest = 0
    for (const load of (straight ? direct : twoLevel)(copies, traffic)) {
      const ps = straight
        ? lowLatencyPs(lowLatency, hardware, load, bytesPerToken, experts)
        : normalPs(normal, hardware, load, bytesPerToken)
      slowest = Math.max(slowest, ps)
    }
    return Math.ceil(slowest)
  }

  return {
    dispatchPs: (copies, bytes, traffic = {}) => slowestPs(constants.dispatch, copies, bytes, traffic),
    combinePs: (copies, bytes, traffic = {}) => slowestPs(constants.combine, copies, bytes, traffic)
  }
}

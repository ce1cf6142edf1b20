/** Dispatch and combine of a whole cluster: the slowest rank decides. */
import type { Exchange, ExchangeTraffic } from "@moira/hardware"
import type { ChosenKernels } from "./catalogue.ts"
import type { ExchangeHardware, ExchangeSetting, RankLoad, RankTime } from "./laws.ts"
import { makeDirectLoads, makeTwoLevelLoads, type Ranks } from "./rank-loads.ts"
import { type KernelRecord, rankTimeOf } from "./records.ts"

/** Tokens a rank for which engines usually set low-latency buffers up (SGLang's default). */
export const lowLatencyTokens = 128

const defaultExperts = 256

/** Parts of both ways, whole picoseconds: the notice of what comes, and the tokens themselves. */
export interface ExchangeParts {
  /** Id of the kernel. */
  readonly kernel: string
  readonly dispatchNoticePs: number
  readonly dispatchPs: number
  readonly combineNoticePs: number
  readonly combinePs: number
}

/** Both directions of one kernel, ready to be asked. */
interface Prepared {
  readonly id: string
  readonly direct: boolean
  readonly dispatch: Parts
  readonly combine: Parts
}
type Parts = { readonly notice: RankTime | undefined; readonly transmit: RankTime }

const prepared = ({ id, mode, dispatch, combine }: KernelRecord): Prepared => {
  const parts = ({ notice, transmit }: KernelRecord["dispatch"]): Parts => ({
    notice: notice === undefined ? undefined : rankTimeOf(notice),
    transmit: rankTimeOf(transmit)
  })
  return { id, direct: mode === "low-latency", dispatch: parts(dispatch), combine: parts(combine) }
}

/** Tokens of the rank that has the most; at least as many as one target gets. */
const maxTokens = (copies: ArrayLike<number>, { tokens = copies }: ExchangeTraffic): number => {
  let most = 0
  for (let i = 0; i < tokens.length; i++) most = Math.max(most, tokens[i]!)
  return most
}

const isEmpty = (loads: ReadonlyArray<RankLoad>): boolean => loads.every(({ copies }) => copies === 0)

/** The exchange of ranks that lie in servers as `ranks` says. */
export const makeExchange = (ranks: Ranks, { few, many }: ChosenKernels, hardware: ExchangeHardware) => {
  const twoLevel = makeTwoLevelLoads(ranks)
  const direct = makeDirectLoads(ranks)
  const [forFew, forMany] = [prepared(few), prepared(many)]

  const slowest = (
    time: RankTime | undefined,
    setting: ExchangeSetting,
    loads: ReadonlyArray<RankLoad>,
    bytes: number
  ): number => {
    if (time === undefined || isEmpty(loads)) return 0
    let ps = 0
    for (const load of loads) ps = Math.max(ps, time(setting, load, bytes))
    return Math.ceil(ps)
  }

  /** Which kernel runs, and what each rank has to do, which is the same both ways. */
  const loaded = (copies: ArrayLike<number>, traffic: ExchangeTraffic) => {
    const kernel = maxTokens(copies, traffic) <= lowLatencyTokens ? forFew : forMany
    const setting = { hardware, ranks: ranks.units, experts: traffic.experts ?? defaultExperts }
    return { kernel, setting, loads: (kernel.direct ? direct : twoLevel)(copies, traffic) }
  }

  /** Notice and transmit of one direction; an exchange without a copy takes nothing. */
  const timed = (
    direction: "dispatch" | "combine",
    { kernel, setting, loads }: ReturnType<typeof loaded>,
    bytes: number
  ) => {
    const { notice, transmit } = kernel[direction]
    return { noticePs: slowest(notice, setting, loads, 0), transmitPs: slowest(transmit, setting, loads, bytes) }
  }

  const whole = (direction: "dispatch" | "combine", of: ReturnType<typeof loaded>, bytes: number): number => {
    const { noticePs, transmitPs } = timed(direction, of, bytes)
    return noticePs + transmitPs
  }

  const exchange: Required<Exchange> = {
    kernels: [...new Set([few.id, many.id])],
    dispatchPs: (copies, bytes, traffic = {}) => whole("dispatch", loaded(copies, traffic), bytes),
    combinePs: (copies, bytes, traffic = {}) => whole("combine", loaded(copies, traffic), bytes),
    bothPs: (copies, bytes, traffic = {}) => {
      const of = loaded(copies, traffic)
      return {
        dispatchPs: whole("dispatch", of, bytes.dispatch),
        combinePs: whole("combine", of, bytes.combine)
      }
    }
  }

  /** The same copies out and back, part by part. */
  const parts = (
    copies: ArrayLike<number>,
    bytes: { readonly dispatch: number; readonly combine: number },
    traffic: ExchangeTraffic
  ): ExchangeParts => {
    const of = loaded(copies, traffic)
    const out = timed("dispatch", of, bytes.dispatch)
    const back = timed("combine", of, bytes.combine)
    return {
      kernel: of.kernel.id,
      dispatchNoticePs: out.noticePs,
      dispatchPs: out.transmitPs,
      combineNoticePs: back.noticePs,
      combinePs: back.transmitPs
    }
  }
  return { ...exchange, parts }
}

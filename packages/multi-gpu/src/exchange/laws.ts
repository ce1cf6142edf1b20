/**
 * How long one rank of an expert-parallel exchange takes, from what it sends and receives: one law a family of kernels, few
 * constants each, fitted by `scripts/calibrate/exchange.ts`. Link rates are shares of data sheets. Results are picoseconds, not
 * rounded; more tokens, copies or bytes never take less.
 */

/** What one rank has to do in one direction. */
export interface RankLoad {
  readonly tokens: number
  /** Copies it sends or receives, itself included, whichever are more; where it forwards, those it forwards. */
  readonly copies: number
  /** The same for copies that cross its NVLink, and for those that cross its NIC. */
  readonly nvlinkCopies: number
  readonly nicCopies: number
}

/** What of a GPU the kernels use. Rates are one way. */
export interface ExchangeHardware {
  /** Multiprocessors given to high-throughput kernels. */
  readonly exchangeProcessors: number
  /** Data-sheet rates, and the shares of them that large transfers reach. */
  readonly nvlinkBytesPerSec: number
  readonly linkShare: number
  readonly nicBytesPerSec: number
  readonly nicShare: number
  /** Added once where anything crosses a NIC. */
  readonly nicLatencyPs: number
}

/** What all ranks of an exchange share. */
export interface ExchangeSetting {
  readonly hardware: ExchangeHardware
  readonly ranks: number
  /** Experts, or slots where some have copies. */
  readonly experts: number
}

/** Payload and scales of a token are `bytesPerToken`. */
export type RankTime = (setting: ExchangeSetting, load: RankLoad, bytesPerToken: number) => number

/** Parts of an exchange overlap but for a round corner: (a^6 + b^6 + c^6)^(1/6). Any unit of time. */
const overlapped = (a: number, b: number, c: number): number => {
  const longest = Math.max(a, b, c)
  if (longest === 0) return 0
  return longest * ((a / longest) ** 6 + (b / longest) ** 6 + (c / longest) ** 6) ** (1 / 6)
}

const linkPs = (copies: number, bytes: number, bytesPerSec: number): number =>
  copies === 0 ? 0 : (copies * bytes * 1e12) / bytesPerSec

const nicPs = ({ nicBytesPerSec, nicShare }: ExchangeHardware, copies: number, bytes: number): number =>
  linkPs(copies, bytes, nicBytesPerSec * nicShare)

/** `atMost` x share of it that `amount` fills: half at `half`. */
const filled = (atMost: number, amount: number, half: number): number =>
  amount === 0 ? 0 : (atMost * amount) / (amount + half)

/** High throughput: a token goes once to each target rank, over NICs once to each target server and on from there. */
export interface CopyingConstants {
  /** Launch, barrier and the first token's way. */
  readonly fixedPs: number
  /**
   * One token passes the pipeline at this rate before the next stage starts: fixed time grows with its size, and with the
   * copies that are waited for: c / (c + 1) of it for c copies.
   */
  readonly tokenBytesPerSec: number
  /** Filling and draining queues takes up to so long, half of it at `fillTokens` tokens a multiprocessor. */
  readonly fillPs: number
  readonly fillTokens: number
  /** Copies that one multiprocessor moves. */
  readonly processorBytesPerSec: number
  /** What each of a rank's own tokens costs one multiprocessor, however many copies it has: a time, and so many copies more. */
  readonly perTokenPs: number
  readonly ownCopies: number
}

export const copying =
  (constants: CopyingConstants): RankTime =>
  ({ hardware }, load, bytes) => {
    const { exchangeProcessors: processors, nvlinkBytesPerSec, linkShare, nicLatencyPs } = hardware
    const moved = load.copies + load.tokens * constants.ownCopies
    const work = linkPs(moved, bytes, constants.processorBytesPerSec) + load.tokens * constants.perTokenPs
    const waited = load.copies === 0 ? 0 : load.copies / (load.copies + load.tokens)
    return (
      constants.fixedPs +
      (waited * bytes * 1e12) / constants.tokenBytesPerSec +
      (load.nicCopies > 0 ? nicLatencyPs : 0) +
      filled(constants.fillPs, load.tokens / processors, constants.fillTokens) +
      overlapped(
        work / processors,
        linkPs(load.nvlinkCopies, bytes, nvlinkBytesPerSec * linkShare),
        nicPs(hardware, load.nicCopies, bytes)
      )
    )
  }

/** Low latency: a token goes once for each of its experts, straight to the expert's rank; all multiprocessors take part. */
export interface MessageConstants {
  readonly fixedPs: number
  readonly tokenBytesPerSec: number
  /** Signalling and polling, once an expert. */
  readonly perExpertPs: number
  /** Share of the data-sheet NVLink rate that single-token messages reach. */
  readonly linkShare: number
  /** Own tokens read by one multiprocessor; experts are dealt to multiprocessors, so few experts keep few of them busy. */
  readonly processorBytesPerSec: number
  /** Multiprocessors of the GPU; not fitted. */
  readonly multiprocessors: number
  /** What the first message over a NIC takes beyond the network's own latency. */
  readonly nicFixedPs: number
}

export const messages = (constants: MessageConstants): RankTime => {
  const { fixedPs, tokenBytesPerSec, perExpertPs, linkShare, processorBytesPerSec, multiprocessors } = constants
  return ({ hardware, experts }, load, bytes) => {
    // Each gets as few experts as will do, and some get none.
    const busy = experts / Math.ceil(experts / multiprocessors)
    return (
      fixedPs +
      perExpertPs * experts +
      (bytes * 1e12) / tokenBytesPerSec +
      (load.nicCopies > 0 ? hardware.nicLatencyPs + constants.nicFixedPs : 0) +
      overlapped(
        linkPs(load.tokens, bytes, processorBytesPerSec * busy),
        linkPs(load.nvlinkCopies, bytes, hardware.nvlinkBytesPerSec * linkShare),
        nicPs(hardware, load.nicCopies, bytes)
      )
    )
  }
}

/** All-to-all inside one NVLink domain, a token once to each target rank. */
export interface AllToAllConstants {
  readonly fixedPs: number
  /** Synchronising ranks, for each doubling of their number. */
  readonly perDoublingPs: number
  /** What each own token and each of its copies cost all multiprocessors together. */
  readonly perTokenPs: number
  readonly perCopyPs: number
  /** Share of the data-sheet NVLink rate. */
  readonly linkShare: number
  /** Bytes on the link, by bytes given: below 1 where the kernel narrows tokens on the way. Not fitted. */
  readonly payloadShare: number
}

export const allToAll =
  ({ fixedPs, perDoublingPs, perTokenPs, perCopyPs, linkShare, payloadShare }: AllToAllConstants): RankTime =>
  ({ hardware, ranks }, load, bytes) =>
    fixedPs +
    perDoublingPs * Math.log2(ranks) +
    overlapped(
      load.tokens * perTokenPs + load.copies * perCopyPs,
      linkPs(load.nvlinkCopies, bytes * payloadShare, hardware.nvlinkBytesPerSec * linkShare),
      nicPs(hardware, load.nicCopies, bytes)
    )

/** Telling ranks how many tokens come, before any does. */
export interface NoticeConstants {
  readonly fixedPs: number
  /** Work for any number of tokens that the multiprocessors of the exchange share. */
  readonly sharedPs: number
  /** Up to so much for counting tokens, half of it at `fillTokens` of them. */
  readonly fillPs: number
  readonly fillTokens: number
  /** What each own token costs one multiprocessor of the exchange. */
  readonly perTokenPs: number
}

export const notice =
  ({ fixedPs, sharedPs, fillPs, fillTokens, perTokenPs }: NoticeConstants): RankTime =>
  ({ hardware }, { tokens }) =>
    fixedPs + filled(fillPs, tokens, fillTokens) + (sharedPs + tokens * perTokenPs) / hardware.exchangeProcessors

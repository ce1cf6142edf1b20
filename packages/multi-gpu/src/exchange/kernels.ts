/**
 * How long the two families of expert-parallel kernels take, from what one rank sends and receives. Few constants a
 * direction, fitted by `scripts/calibrate/exchange.ts` to kernels inside one H100 node; link rates are shares of data sheets.
 */

/** High throughput: a token goes once to each target rank, over NICs once to each target server and on from there. */
export interface NormalConstants {
  /** Launch, barrier and the first token's way. */
  readonly fixedPs: number
  /** One token passes the pipeline at this rate before the next stage starts: fixed time grows with its size. */
  readonly tokenBytesPerSec: number
  /** Copies that one multiprocessor moves. */
  readonly processorBytesPerSec: number
  /** What each of a rank's own tokens costs one multiprocessor, however many copies it has. */
  readonly perTokenPs: number
}

/** Low latency: a token goes once for each of its experts, straight to the expert's rank; all multiprocessors take part. */
export interface LowLatencyConstants {
  readonly fixedPs: number
  readonly tokenBytesPerSec: number
  /** Signalling and polling, once an expert. */
  readonly perExpertPs: number
  /** Share of the data-sheet NVLink rate that single-token messages reach. */
  readonly linkShare: number
  /** Own tokens read by one multiprocessor; experts are dealt to multiprocessors, so few experts keep few of them busy. */
  readonly processorBytesPerSec: number
}

/** What one rank has to do in one direction; bytes of payload without scales. */
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
  /** Data-sheet rate of NVLink, and the share of any link's rate that large transfers reach. */
  readonly nvlinkBytesPerSec: number
  readonly linkShare: number
  readonly nicBytesPerSec: number
  /** Added once where anything crosses a NIC. */
  readonly nicLatencyPs: number
}

/** Parts of an exchange overlap but for a round corner: (a^4 + b^4 + c^4)^(1/4). Any unit of time. */
const overlapped = (a: number, b: number, c: number): number => {
  const longest = Math.max(a, b, c)
  if (longest === 0) return 0
  return longest * ((a / longest) ** 4 + (b / longest) ** 4 + (c / longest) ** 4) ** 0.25
}

const nicPs = (hardware: ExchangeHardware, copies: number, bytes: number): number =>
  copies === 0 ? 0 : (copies * bytes * 1e12) / (hardware.nicBytesPerSec * hardware.linkShare)

/** Picoseconds, not rounded, until this rank of a high-throughput exchange is done. */
export const normalPs = (
  constants: NormalConstants,
  hardware: ExchangeHardware,
  load: RankLoad,
  bytesPerToken: number
): number => {
  const copying = (load.copies * bytesPerToken * 1e12) / constants.processorBytesPerSec
  const processors = (copying + load.tokens * constants.perTokenPs) / hardware.exchangeProcessors
  const nvlink = (load.nvlinkCopies * bytesPerToken * 1e12) / (hardware.nvlinkBytesPerSec * hardware.linkShare)
  return (
    constants.fixedPs +
    (bytesPerToken * 1e12) / constants.tokenBytesPerSec +
    (load.nicCopies > 0 ? hardware.nicLatencyPs : 0) +
    overlapped(processors, nvlink, nicPs(hardware, load.nicCopies, bytesPerToken))
  )
}

/** Multiprocessors of an H100. */
const multiprocessors = 132

/** Multiprocessors that hold experts of a low-latency kernel: each gets as few as will do. */
const busyProcessors = (experts: number): number => experts / Math.ceil(experts / multiprocessors)

/** Picoseconds, not rounded, until this rank of a low-latency exchange is done; copies are choices here. */
export const lowLatencyPs = (
  constants: LowLatencyConstants,
  hardware: ExchangeHardware,
  load: RankLoad,
  bytesPerToken: number,
  experts: number
): number => {
  const rate = constants.processorBytesPerSec * busyProcessors(experts)
  const processors = (load.tokens * bytesPerToken * 1e12) / rate
  const nvlink = (load.nvlinkCopies * bytesPerToken * 1e12) / (hardware.nvlinkBytesPerSec * constants.linkShare)
  return (
    constants.fixedPs +
    constants.perExpertPs * experts +
    (bytesPerToken * 1e12) / constants.tokenBytesPerSec +
    (load.nicCopies > 0 ? hardware.nicLatencyPs : 0) +
    overlapped(processors, nvlink, nicPs(hardware, load.nicCopies, bytesPerToken))
  )
}

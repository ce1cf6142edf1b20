/** DeepEP's high-throughput kernels: inside a server of H100, and between two. */
import { type NormalExchangeRow } from "../../../packages/hardware/src/calibration/measured.ts"
import { copying, type CopyingConstants, notice } from "../../../packages/multi-gpu/src/exchange/laws.ts"
import { dispatchBytesPerElement } from "../../../packages/multi-gpu/src/exchange/wire.ts"
import { hopperLinks } from "../../../packages/multi-gpu/src/links.ts"
import { reachedShare } from "../../../packages/multi-gpu/src/prediction/reached.ts"
import { fitStage } from "./fits.ts"

const elementBytes = { dispatch: dispatchBytesPerElement("fp8", "deepep"), combine: 2 }
type Direction = keyof typeof elementBytes

const gpusPerServer = 8

/** Every rank alike: a token reaches so many ranks, and over its NIC each other server that one of them is in. */
const loadOf = ({ servers, tokens, topK, experts }: NormalExchangeRow) => {
  const ranks = servers * gpusPerServer
  const copies = tokens * ranks * reachedShare(topK / ranks, topK, experts)
  return {
    tokens,
    copies,
    // Copies that arrive straight from the NIC of their own place need no NVLink.
    nvlinkCopies: (copies * (gpusPerServer - 1)) / gpusPerServer,
    nicCopies: tokens * (servers - 1) * reachedShare(topK / servers, topK, experts)
  }
}

const timeOf = (constants: CopyingConstants, direction: Direction, nicShare: number, row: NormalExchangeRow): number =>
  copying(constants)(
    {
      hardware: { ...hopperLinks, nicShare, exchangeProcessors: row.processors },
      ranks: row.servers * gpusPerServer,
      experts: row.experts
    },
    loadOf(row),
    row.hidden * elementBytes[direction]
  )

const measured = (rows: ReadonlyArray<NormalExchangeRow>, direction: Direction) =>
  rows.map((row) => ({ ...row, measuredPs: direction === "dispatch" ? row.dispatchPs : row.combinePs }))

const leaveOut = { processors: ({ processors }: NormalExchangeRow) => processors }

/** What a direction does not show: dispatch writes no result of its own, and no queue is seen to fill in combine. */
const unseen = { dispatch: { ownCopies: 0 }, combine: { perTokenPs: 0, fillPs: 0, fillTokens: 1 } }

const starts = {
  dispatch: {
    fixedPs: 24e6,
    tokenBytesPerSec: 3e9,
    fillPs: 1.3e7,
    fillTokens: 14,
    processorBytesPerSec: 20e9,
    perTokenPs: 4e5
  },
  combine: { fixedPs: 24e6, tokenBytesPerSec: 5e8, processorBytesPerSec: 28e9, ownCopies: 3 }
}

export const fitIntranode = (rows: ReadonlyArray<NormalExchangeRow>, direction: Direction) => {
  const whole = (constants: object) => ({ ...constants, ...unseen[direction] }) as CopyingConstants
  const fit = fitStage({
    title: `DeepEP normal inside a server, ${direction}`,
    rows: measured(rows, direction),
    start: starts[direction],
    model: (constants, row) => timeOf(whole(constants), direction, 1, row),
    leaveOut: { shape: ({ shape }) => shape, ...leaveOut }
  })
  return { ...fit, constants: whole(fit.constants) }
}

/** One shape was measured: what depends on a token's size or top-k is taken from inside a server. */
export const fitInternode = (
  rows: ReadonlyArray<NormalExchangeRow>,
  direction: Direction,
  { tokenBytesPerSec, perTokenPs, ownCopies }: CopyingConstants,
  nicShare: number
) => {
  const inside = { tokenBytesPerSec, perTokenPs, ownCopies }
  const fit = fitStage({
    title: `DeepEP normal between servers, ${direction}`,
    rows: measured(rows, direction),
    start: { fixedPs: 2e7, fillPs: 4e7, fillTokens: 20, processorBytesPerSec: 14e9 },
    model: (constants, row) => timeOf({ ...constants, ...inside }, direction, nicShare, row),
    leaveOut
  })
  return { ...fit, constants: { ...fit.constants, ...inside } }
}

const noticeTime = (constants: Parameters<typeof notice>[0], row: NormalExchangeRow): number =>
  notice(constants)(
    { hardware: { ...hopperLinks, nicShare: 1, exchangeProcessors: row.processors }, ranks: 16, experts: row.experts },
    loadOf(row),
    0
  )

/** Before dispatch, tokens of each rank are counted and exchanged: the more tokens the longer, up to a limit. */
export const fitDispatchNotice = (rows: ReadonlyArray<NormalExchangeRow>) => {
  const fit = fitStage({
    title: "DeepEP normal between servers, notice of dispatch",
    rows: rows.map((row) => ({ ...row, measuredPs: row.dispatchNoticePs })),
    start: { fixedPs: 2.7e7, sharedPs: 6e7, fillPs: 3e7, fillTokens: 2500 },
    model: (constants, row) => noticeTime({ ...constants, perTokenPs: 0 }, row),
    leaveOut
  })
  return { ...fit, constants: { ...fit.constants, perTokenPs: 0 } }
}

/** Before combine, each multiprocessor reads what came for its own tokens. */
export const fitCombineNotice = (rows: ReadonlyArray<NormalExchangeRow>) => {
  const fit = fitStage({
    title: "DeepEP normal between servers, notice of combine",
    rows: rows.map((row) => ({ ...row, measuredPs: row.combineNoticePs })),
    start: { fixedPs: 2.7e7, sharedPs: 1.3e8, perTokenPs: 1.6e5 },
    model: (constants, row) => noticeTime({ ...constants, fillPs: 0, fillTokens: 1 }, row),
    leaveOut
  })
  return { ...fit, constants: { ...fit.constants, fillPs: 0, fillTokens: 1 } }
}

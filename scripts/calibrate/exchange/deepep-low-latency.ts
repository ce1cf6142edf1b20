/** DeepEP's low-latency kernels: one server of H100, what NICs add between two, and one server of B200. */
import { type LowLatencyExchangeRow } from "../../../packages/hardware/src/calibration/measured.ts"
import { type MessageConstants, messages } from "../../../packages/multi-gpu/src/exchange/laws.ts"
import { dispatchBytesPerElement } from "../../../packages/multi-gpu/src/exchange/wire.ts"
import { blackwellRates, hopperLinks } from "../../../packages/multi-gpu/src/links.ts"
import { fitStage } from "./fits.ts"

const elementBytes = { dispatch: dispatchBytesPerElement("fp8", "deepep"), combine: 2 }
type Direction = keyof typeof elementBytes

const gpusPerServer = 8
/** Streaming multiprocessors by data sheet. */
const multiprocessors = { h100: 132, b200: 148 }

const timeOf = (
  constants: Omit<MessageConstants, "multiprocessors">,
  direction: Direction,
  nicShare: number,
  { gpu, servers, tokens, choices, experts, hidden }: LowLatencyExchangeRow
): number => {
  const ranks = servers * gpusPerServer
  const load = {
    tokens,
    copies: choices,
    nvlinkCopies: (choices * (gpusPerServer - 1)) / ranks,
    nicCopies: (choices * (ranks - gpusPerServer)) / ranks
  }
  const hardware = { ...hopperLinks, ...(gpu === "b200" ? blackwellRates : {}), nicShare }
  return messages({ ...constants, multiprocessors: multiprocessors[gpu] })(
    { hardware, ranks, experts },
    load,
    hidden * elementBytes[direction]
  )
}

const measured = (rows: ReadonlyArray<LowLatencyExchangeRow>, direction: Direction) =>
  rows.map((row) => ({ ...row, measuredPs: direction === "dispatch" ? row.dispatchPs : row.combinePs }))

const usual = {
  fixedPs: 8e6,
  tokenBytesPerSec: 5e9,
  perExpertPs: 1.4e4,
  linkShare: 0.55,
  processorBytesPerSec: 5e9
}

/** Constants of one server; `start` of a GPU with few shapes is what another has. */
export const fitOneServer = (
  rows: ReadonlyArray<LowLatencyExchangeRow>,
  direction: Direction,
  start: typeof usual = usual
) =>
  fitStage({
    title: `DeepEP low latency inside a server of ${rows[0]?.gpu ?? "no GPU"}, ${direction}`,
    rows: measured(rows, direction),
    start,
    most: { linkShare: 1 },
    model: (constants, row) => timeOf({ ...constants, nicFixedPs: 0 }, direction, 1, row),
    leaveOut: { shape: ({ shape }) => shape }
  })

type OneServer = Omit<MessageConstants, "multiprocessors" | "nicFixedPs">

/** What NICs add, with all else as inside a server: one rate for both directions, and a first message's time of each. */
export const fitNics = (rows: ReadonlyArray<LowLatencyExchangeRow>, inside: Readonly<Record<Direction, OneServer>>) =>
  fitStage({
    title: "DeepEP low latency between servers, both directions",
    rows: (["dispatch", "combine"] as const).flatMap((direction) =>
      measured(rows, direction).map((row) => ({ ...row, direction }))
    ),
    start: { nicShare: 0.9, dispatchPs: 4e6, combinePs: 8e6 },
    most: { nicShare: 1 },
    model: (constants, row) => {
      const nicFixedPs = row.direction === "dispatch" ? constants.dispatchPs : constants.combinePs
      return timeOf({ ...inside[row.direction], nicFixedPs }, row.direction, constants.nicShare, row)
    },
    leaveOut: { experts: ({ experts }) => experts, tokens: ({ tokens }) => tokens }
  })

/** A stage as data. */
export const messageStage = (constants: OneServer, nicFixedPs: number, gpu: LowLatencyExchangeRow["gpu"]) => ({
  law: "messages",
  constants: { ...constants, nicFixedPs, multiprocessors: multiprocessors[gpu] }
})

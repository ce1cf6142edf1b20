/** TensorRT-LLM's all-to-all inside the NVLink domain of GB200: one law, constants of their own for each kernel. */
import { type AllToAllRow } from "../../../packages/hardware/src/calibration/measured.ts"
import { allToAll } from "../../../packages/multi-gpu/src/exchange/laws.ts"
import { dispatchBytesPerElement } from "../../../packages/multi-gpu/src/exchange/wire.ts"
import { blackwellRates, hopperLinks } from "../../../packages/multi-gpu/src/links.ts"
import { reachedShare } from "../../../packages/multi-gpu/src/prediction/reached.ts"
import { fitStage } from "./fits.ts"

const hardware = { ...hopperLinks, ...blackwellRates, nicShare: 1 }

const bytesOf = ({ stage, hidden, dtype }: AllToAllRow): number => {
  if (stage === "prepare") return 0
  return hidden * (stage === "dispatch" ? dispatchBytesPerElement(dtype, "tensorrt-llm") : 2)
}

const timeOf = (constants: Parameters<typeof allToAll>[0], row: AllToAllRow): number => {
  const { ranks, tokens, topK, experts } = row
  const copies = tokens * ranks * reachedShare(topK / ranks, topK, experts)
  const load = { tokens, copies, nvlinkCopies: (copies * (ranks - 1)) / ranks, nicCopies: 0 }
  return allToAll(constants)({ hardware, ranks, experts }, load, bytesOf(row))
}

const leaveOut = { ranks: ({ ranks }: AllToAllRow) => ranks }

/** Results narrowed to 4 bits and scales, of 16. */
const narrowed = dispatchBytesPerElement("nvfp4", "tensorrt-llm") / 2

/** Dispatch or combine; `narrow` where tokens travel in 4 bits whatever comes and goes. */
const fitTransmit = (rows: ReadonlyArray<AllToAllRow>, title: string, narrow: boolean) => {
  const payloadShare = narrow ? narrowed : 1
  const fit = fitStage({
    title,
    rows,
    start: { fixedPs: 1e7, perDoublingPs: 1e6, perTokenPs: 1e4, perCopyPs: 5e3, linkShare: 0.6 },
    most: { linkShare: 1 },
    model: (constants, row) => timeOf({ ...constants, payloadShare }, row),
    leaveOut
  })
  return { ...fit, constants: { ...fit.constants, payloadShare } }
}

/** Counting tokens for each rank: nothing crosses the links. */
const fitPrepare = (rows: ReadonlyArray<AllToAllRow>) => {
  const fixed = { perCopyPs: 0, linkShare: 1, payloadShare: 1 }
  const fit = fitStage({
    title: "TensorRT-LLM two-sided, prepare",
    rows,
    start: { fixedPs: 1e7, perDoublingPs: 1e6, perTokenPs: 6e3 },
    model: (constants, row) => timeOf({ ...constants, ...fixed }, row),
    leaveOut
  })
  return { ...fit, constants: { ...fit.constants, ...fixed } }
}

export const fitAllToAll = (rows: ReadonlyArray<AllToAllRow>) => {
  const of = (kernel: AllToAllRow["kernel"], stage: AllToAllRow["stage"]) =>
    rows.filter((row) => row.kernel === kernel && row.stage === stage)
  const transmit = (kernel: AllToAllRow["kernel"], stage: AllToAllRow["stage"]) =>
    fitTransmit(of(kernel, stage), `TensorRT-LLM ${kernel}, ${stage}`, stage === "combine-low-precision")
  return {
    prepare: fitPrepare(of("two-sided", "prepare")),
    dispatch: transmit("two-sided", "dispatch"),
    combine: transmit("two-sided", "combine"),
    lowPrecision: transmit("two-sided", "combine-low-precision"),
    oneSidedDispatch: transmit("one-sided", "dispatch"),
    oneSidedCombine: transmit("one-sided", "combine")
  }
}

/** TensorRT-LLM's all-to-all inside the NVLink domain of GB200: one law, constants of their own for each kernel. */
import { type AllToAllRow } from "../../../packages/hardware/src/calibration/measured.ts"
import { allToAll } from "../../../packages/multi-gpu/src/exchange/laws.ts"
import { dispatchBytesPerElement } from "../../../packages/multi-gpu/src/exchange/wire.ts"
import { blackwellRates, hopperLinks } from "../../../packages/multi-gpu/src/links.ts"
import { reachedShare } from "../../../packages/multi-gpu/src/prediction/reached.ts"
import { fitStage } from "./fits.ts"

const hardware = { ...hopperLinks, ...blackwellRates, nicShare: 1 }

type AllToAll = Parameters<typeof allToAll>[0]

const bytesOf = ({ stage, hidden, dtype }: AllToAllRow): number => {
  if (stage === "prepare") return 0
  return hidden * (stage === "dispatch" ? dispatchBytesPerElement(dtype, "tensorrt-llm") : 2)
}

const timeOf = (constants: AllToAll, row: AllToAllRow): number => {
  const { ranks, tokens, topK, experts } = row
  const copies = tokens * ranks * reachedShare(topK / ranks, topK, experts)
  const load = { tokens, copies, nvlinkCopies: (copies * (ranks - 1)) / ranks, nicCopies: 0 }
  return allToAll(constants)({ hardware, ranks, experts }, load, bytesOf(row))
}

const leaveOut = { ranks: ({ ranks }: AllToAllRow) => ranks }

/** Results narrowed to 4 bits and scales, of 16. */
const narrowed = dispatchBytesPerElement("nvfp4", "tensorrt-llm") / 2

const starts = { fixedPs: 1e7, perDoublingPs: 1e6, perTokenPs: 1e4, perCopyPs: 1e4, linkShare: 0.6 }

/** Dispatch or combine, with constants that are known or that its rows cannot tell apart. */
const fitTransmit = (rows: ReadonlyArray<AllToAllRow>, title: string, known: Partial<AllToAll> = {}) => {
  const whole = (constants: object) => ({ payloadShare: 1, ...constants, ...known }) as AllToAll
  const fit = fitStage({
    title,
    rows,
    start: Object.fromEntries(Object.entries(starts).filter(([name]) => !(name in known))),
    most: { linkShare: 1 },
    model: (constants, row) => timeOf(whole(constants), row),
    leaveOut
  })
  return { ...fit, constants: whole(fit.constants) }
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
  // Combine reads copies, whoever they are for; one-sided kernels were seen at links alone.
  const combine = fitTransmit(of("two-sided", "combine"), "TensorRT-LLM two-sided, combine", { perTokenPs: 0 })
  const linkAlone = { perTokenPs: 0, perCopyPs: 0 }
  return {
    prepare: fitPrepare(of("two-sided", "prepare")),
    dispatch: fitTransmit(of("two-sided", "dispatch"), "TensorRT-LLM two-sided, dispatch"),
    combine,
    lowPrecision: fitTransmit(
      of("two-sided", "combine-low-precision"),
      "TensorRT-LLM two-sided, combine in 4 bits",
      // Narrowing and widening bind, not the link: its share is that of whole results.
      { payloadShare: narrowed, linkShare: combine.constants.linkShare }
    ),
    oneSidedDispatch: fitTransmit(of("one-sided", "dispatch"), "TensorRT-LLM one-sided, dispatch", linkAlone),
    oneSidedCombine: fitTransmit(of("one-sided", "combine"), "TensorRT-LLM one-sided, combine", linkAlone)
  }
}

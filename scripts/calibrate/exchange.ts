// Fits the exchange kernels to the measured tables, prints the errors and writes a record a kernel into packages/multi-gpu/calibration.
// No seed and no clock: the search is deterministic, so the same tables give the same bytes.
//   node --conditions=@moira/source scripts/calibrate/exchange.ts ../shared/data/hardware [DATE]
import { createHash } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  allToAllRows,
  allToAllTable,
  lowLatencyExchangeRows,
  lowLatencyExchangeTable,
  lowLatencyWiderTable,
  normalExchangeRows,
  normalExchangeTable,
  twoServerExchangeTable
} from "../../packages/hardware/src/calibration/measured.ts"
import { fitNics, fitOneServer, messageStage } from "./exchange/deepep-low-latency.ts"
import { fitCombineNotice, fitDispatchNotice, fitInternode, fitIntranode } from "./exchange/deepep-normal.ts"
import { fitAllToAll } from "./exchange/trtllm.ts"
import { calibration, digits } from "./fit-report.ts"

const { date, out, read } = calibration("exchange.ts", "multi-gpu")

const write = (name: string, tables: ReadonlyArray<string>, content: object): void => {
  const hashes = Object.fromEntries(
    tables.map((table) => [table, createHash("sha256").update(read(table)).digest("hex")])
  )
  const source = "ai-dynamo/aiconfigurator, Apache-2.0"
  const made = { tables: hashes, source, script: "scripts/calibrate/exchange.ts", fitted: date }
  writeFileSync(join(out, `${name}.json`), `${JSON.stringify(digits({ ...content, ...made }), null, 2)}\n`)
}

const every = ["hopper", "blackwell", "grace-blackwell"]

const wider = lowLatencyExchangeRows(read(lowLatencyWiderTable))
const oneServer = lowLatencyExchangeRows(read(lowLatencyExchangeTable))
const hopper = { dispatch: fitOneServer(oneServer, "dispatch"), combine: fitOneServer(oneServer, "combine") }
const nics = fitNics(
  wider.filter(({ gpu }) => gpu === "h100"),
  { dispatch: hopper.dispatch.constants, combine: hopper.combine.constants }
)
const { nicShare, dispatchPs: dispatchNicPs, combinePs: combineNicPs } = nics.constants
write("deepep-low-latency-hopper", [lowLatencyExchangeTable, lowLatencyWiderTable], {
  id: "deepep-low-latency-hopper",
  title: "DeepEP low latency on Hopper",
  library: "deepep",
  mode: "low-latency",
  architectures: ["hopper"],
  servers: "any",
  measuredOn: "one and two servers of 8 H100",
  dispatch: { transmit: messageStage(hopper.dispatch.constants, dispatchNicPs, "h100") },
  combine: { transmit: messageStage(hopper.combine.constants, combineNicPs, "h100") },
  nicShare,
  errors: { dispatch: hopper.dispatch.errors, combine: hopper.combine.errors, betweenServers: nics.errors }
})

const b200 = wider.filter(({ gpu }) => gpu === "b200")
const blackwell = {
  dispatch: fitOneServer(b200, "dispatch", hopper.dispatch.constants),
  combine: fitOneServer(b200, "combine", hopper.combine.constants)
}
write("deepep-low-latency-blackwell", [lowLatencyWiderTable], {
  id: "deepep-low-latency-blackwell",
  title: "DeepEP low latency on Blackwell",
  library: "deepep",
  mode: "low-latency",
  architectures: ["blackwell", "grace-blackwell"],
  servers: "any",
  measuredOn: "one server of 8 B200; NICs as between servers of H100",
  dispatch: { transmit: messageStage(blackwell.dispatch.constants, dispatchNicPs, "b200") },
  combine: { transmit: messageStage(blackwell.combine.constants, combineNicPs, "b200") },
  errors: { dispatch: blackwell.dispatch.errors, combine: blackwell.combine.errors }
})

const insideRows = normalExchangeRows(read(normalExchangeTable))
const inside = { dispatch: fitIntranode(insideRows, "dispatch"), combine: fitIntranode(insideRows, "combine") }
write("deepep-intranode", [normalExchangeTable], {
  id: "deepep-intranode",
  title: "DeepEP normal inside a server",
  library: "deepep",
  mode: "normal",
  architectures: every,
  servers: "one",
  measuredOn: "one server of 8 H100",
  dispatch: { transmit: { law: "copying", constants: inside.dispatch.constants } },
  combine: { transmit: { law: "copying", constants: inside.combine.constants } },
  errors: { dispatch: inside.dispatch.errors, combine: inside.combine.errors }
})

const betweenRows = normalExchangeRows(read(twoServerExchangeTable))
const between = {
  dispatchNotice: fitDispatchNotice(betweenRows),
  dispatch: fitInternode(betweenRows, "dispatch", inside.dispatch.constants, nicShare),
  combineNotice: fitCombineNotice(betweenRows),
  combine: fitInternode(betweenRows, "combine", inside.combine.constants, nicShare)
}
write("deepep-internode", [twoServerExchangeTable], {
  id: "deepep-internode",
  title: "DeepEP normal between servers",
  library: "deepep",
  mode: "normal",
  architectures: every,
  servers: "several",
  measuredOn: "two servers of 8 H100",
  dispatch: {
    notice: { law: "notice", constants: between.dispatchNotice.constants },
    transmit: { law: "copying", constants: between.dispatch.constants }
  },
  combine: {
    notice: { law: "notice", constants: between.combineNotice.constants },
    transmit: { law: "copying", constants: between.combine.constants }
  },
  errors: Object.fromEntries(Object.entries(between).map(([stage, { errors }]) => [stage, errors]))
})

const sided = fitAllToAll(allToAllRows(read(allToAllTable)))
const stage = ({ constants }: { readonly constants: object }) => ({ law: "all-to-all", constants })
const rack = {
  library: "tensorrt-llm",
  architectures: ["grace-blackwell"],
  servers: "one"
}
const twoSided = { notice: stage(sided.prepare), transmit: stage(sided.dispatch) }
write("trtllm-two-sided", [allToAllTable], {
  id: "trtllm-two-sided",
  title: "TensorRT-LLM two-sided all-to-all over NVLink",
  mode: "two-sided",
  ...rack,
  measuredOn: "4, 16 and 64 GB200 of one rack",
  dispatch: twoSided,
  combine: { transmit: stage(sided.combine) },
  errors: { prepare: sided.prepare.errors, dispatch: sided.dispatch.errors, combine: sided.combine.errors }
})
write("trtllm-two-sided-low-precision", [allToAllTable], {
  id: "trtllm-two-sided-low-precision",
  title: "TensorRT-LLM two-sided all-to-all over NVLink, results in 4 bits",
  mode: "two-sided-low-precision",
  ...rack,
  measuredOn: "4, 16 and 64 GB200 of one rack",
  dispatch: twoSided,
  combine: { transmit: stage(sided.lowPrecision) },
  errors: { prepare: sided.prepare.errors, dispatch: sided.dispatch.errors, combine: sided.lowPrecision.errors }
})
write("trtllm-one-sided", [allToAllTable], {
  id: "trtllm-one-sided",
  title: "TensorRT-LLM one-sided all-to-all over NVLink",
  mode: "one-sided",
  ...rack,
  measuredOn: "4 and 16 GB200 of one rack, nvfp4",
  dispatch: { transmit: stage(sided.oneSidedDispatch) },
  combine: { transmit: stage(sided.oneSidedCombine) },
  errors: { dispatch: sided.oneSidedDispatch.errors, combine: sided.oneSidedCombine.errors }
})

// Loaded only now, so that it reads the constants just written.
const { wholeLayers } = await import("./exchange/layers.ts")
write("exchange-layers", [normalExchangeTable, lowLatencyExchangeTable], { layers: wholeLayers(read) })

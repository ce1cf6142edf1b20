/** Kernels of an exchange as data: who has them, where they run and what they were found to cost. */
import { Schema } from "effect"
import { allToAll, copying, messages, notice, type RankTime } from "./laws.ts"

/** Generations of GPUs that kernels are built for; `grace-blackwell` shares one NVLink domain among a rack. */
export const architectures = ["hopper", "blackwell", "grace-blackwell"] as const
export type Architecture = (typeof architectures)[number]

/** Who brings the kernels: DeepEP is what vLLM and SGLang call, TensorRT-LLM has its own inside an NVLink domain. */
const libraries = ["deepep", "tensorrt-llm"] as const

/** Families of kernels: `normal` is high throughput; sided ones write or exchange over NVLink alone. */
export const exchangeModes = ["normal", "low-latency", "two-sided", "two-sided-low-precision", "one-sided"] as const

const constants = <const K extends string>(names: ReadonlyArray<K>) =>
  Schema.Struct(Object.fromEntries(names.map((name) => [name, Schema.Finite])) as Record<K, typeof Schema.Finite>)

const copyingConstants = constants([
  "fixedPs",
  "tokenBytesPerSec",
  "fillPs",
  "fillTokens",
  "processorBytesPerSec",
  "perTokenPs",
  "ownCopies"
])
const messageConstants = constants([
  "fixedPs",
  "tokenBytesPerSec",
  "perExpertPs",
  "linkShare",
  "processorBytesPerSec",
  "multiprocessors",
  "nicFixedPs"
])
const allToAllConstants = constants([
  "fixedPs",
  "perDoublingPs",
  "perTokenPs",
  "perCopyPs",
  "linkShare",
  "payloadShare"
])
const noticeConstants = constants(["fixedPs", "sharedPs", "fillPs", "fillTokens", "perTokenPs"])

const Stage = Schema.Union([
  Schema.Struct({ law: Schema.Literal("copying"), constants: copyingConstants }),
  Schema.Struct({ law: Schema.Literal("messages"), constants: messageConstants }),
  Schema.Struct({ law: Schema.Literal("all-to-all"), constants: allToAllConstants }),
  Schema.Struct({ law: Schema.Literal("notice"), constants: noticeConstants })
])
export type Stage = typeof Stage.Type

const Direction = Schema.Struct({ notice: Schema.optionalKey(Stage), transmit: Stage })

/** One kernel family; its calibration file holds tables, sources and errors beside this. */
export const KernelRecord = Schema.Struct({
  id: Schema.String,
  title: Schema.String,
  library: Schema.Literals(libraries),
  mode: Schema.Literals(exchangeModes),
  architectures: Schema.Array(Schema.Literals(architectures)),
  /** Servers (NVLink domains) that it reaches. */
  servers: Schema.Literals(["one", "several", "any"]),
  /** What was measured; other GPUs are scaled by data sheet. */
  measuredOn: Schema.String,
  dispatch: Direction,
  combine: Direction
})
export type KernelRecord = typeof KernelRecord.Type

/** The law of a stage with its constants. */
export const rankTimeOf = (stage: Stage): RankTime => {
  switch (stage.law) {
    case "copying":
      return copying(stage.constants)
    case "messages":
      return messages(stage.constants)
    case "all-to-all":
      return allToAll(stage.constants)
    case "notice":
      return notice(stage.constants)
  }
}

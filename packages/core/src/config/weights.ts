/** In which number format a configuration's expert weights are. */
import type { WeightFormat } from "../weight-formats.ts"
import { type Config, isConfig, type Part, valueAt } from "./lookup.ts"

const byDtype: Readonly<Record<string, WeightFormat>> = {
  bfloat16: "bf16",
  float16: "fp16",
  half: "fp16",
  float32: "fp32",
  float8_e4m3fn: "fp8",
  fp8: "fp8",
  fp4: "mxfp4",
  mxfp4: "mxfp4",
  nvfp4: "nvfp4"
}

const lower = (value: unknown): string => (typeof value === "string" ? value.toLowerCase().replace(/^torch\./, "") : "")

const integers = (bits: unknown, group: unknown, zeroPoint = false): WeightFormat | undefined => {
  if (bits === 8) return "int8"
  if (bits !== 4) return undefined
  if (group === 32) return "int4-g32"
  if (group === 64) return "int4-g64"
  return zeroPoint ? "int4-g128-zp" : "int4-g128"
}

/** Of compressed-tensors and of ModelOpt, which write one group of weights alike. */
const byGroup = (quantization: Config): WeightFormat | undefined => {
  const given = valueAt(quantization, "config_groups")
  const groups = isConfig(given) ? Object.values(given) : []
  // Of several formats the one that speaks of experts.
  const ofExperts = (group: unknown) =>
    (JSON.stringify(isConfig(group) ? group["targets"] : "") ?? "").includes("expert")
  for (const group of groups.some(ofExperts) ? groups.filter(ofExperts) : groups) {
    const weights = isConfig(group) ? group["weights"] : undefined
    if (!isConfig(weights)) continue
    const { num_bits: bits, type, group_size: size, strategy } = weights
    if (type === "int") return integers(bits, size, weights["symmetric"] === false)
    if (bits === 8) return strategy === "block" ? "fp8-block128" : size === 32 ? "mxfp8" : "fp8"
    if (bits === 4) return size === 16 ? "nvfp4" : "mxfp4"
  }
  return undefined
}

/** By the method's name where it has one. */
const byMethod = (quantization: Config): WeightFormat | undefined => {
  const method = lower(valueAt(quantization, "quant_method"))
  const algorithm = lower(valueAt(quantization, "quant_algo"))
  const { bits, group_size: group } = quantization
  if (method === "mxfp4") return "mxfp4"
  if (method === "fp8" || method === "fbgemm_fp8")
    return Array.isArray(valueAt(quantization, "weight_block_size")) ? "fp8-block128" : "fp8"
  if (algorithm.includes("nvfp4")) return "nvfp4"
  if (algorithm.includes("mxfp8")) return "mxfp8"
  if (algorithm.includes("mxfp4")) return "mxfp4"
  if (algorithm.startsWith("w4a16") || algorithm === "int4_awq") return "int4-g128"
  if (algorithm.startsWith("fp8")) return "fp8"
  return integers(bits, group, valueAt(quantization, "zero_point") === true || valueAt(quantization, "sym") === false)
}

export interface FoundFormat {
  readonly format: WeightFormat
  /** The field that says so. */
  readonly from: string
  /** Set where nothing says so. */
  readonly assumed?: string
}

/** The format of expert weights, by the first of `parts` (the language model's own first) that says it. */
export const foundFormat = (parts: ReadonlyArray<Part>): FoundFormat => {
  for (const { config, path } of parts) {
    const format = byDtype[lower(valueAt(config, "expert_dtype"))]
    if (format !== undefined) return { format, from: `${path}expert_dtype` }
  }
  let unknown: string | undefined
  for (const { config, path } of parts) {
    for (const name of ["quantization_config", "compression_config", "quantization"]) {
      const quantization = valueAt(config, name)
      const from = `${path}${name}`
      if (!isConfig(quantization)) continue
      const format = byGroup(quantization) ?? byMethod(quantization)
      if (format !== undefined) return { format, from }
      unknown ??= `${from} is of no method that is known`
    }
  }
  for (const { config, path } of parts) {
    for (const name of ["dtype", "torch_dtype"]) {
      const from = `${path}${name}`
      const format = byDtype[lower(valueAt(config, name))]
      if (format === undefined) continue
      return unknown === undefined
        ? { format, from }
        : { format, from, assumed: `${unknown}, so that of ${from} is taken` }
    }
  }
  return { format: "bf16", from: "", assumed: unknown ?? "no field says the number format, bf16 is taken" }
}

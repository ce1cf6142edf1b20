/** Families of expert kernels with what was fitted to them, and which one an engine runs. */
import fitted from "../../calibration/expert-kernels.json" with { type: "json" }
import type { ExpertTimeConstants } from "../expert-time/moe-layer.ts"
import {
  type Arithmetic,
  type KernelId,
  type KernelRecord,
  kernelRecords,
  type ServingEngine,
  servingEngines,
  type ServingPhase
} from "./kernel-records.ts"

/** Absolute relative errors of some rows. */
export interface FitErrors {
  readonly rows: number
  readonly medianError: number
  readonly p90Error: number
}

export interface KernelFamily extends KernelRecord {
  readonly id: KernelId
  /** Without the peak, which is the data sheet's; `bytesPerSec` is what the measured GPU achieved. */
  readonly constants: Omit<ExpertTimeConstants, "peakFlopsPerSec">
  /** Tables that they were fitted to. */
  readonly tables: ReadonlyArray<string>
  readonly errors: { readonly balanced: FitErrors; readonly skewed: FitErrors }
}

/** In the order of preference. */
export const kernelFamilies: ReadonlyArray<KernelFamily> = kernelRecords.map((record) => {
  const { constants, tables, errors } = fitted.families[record.id]
  return { ...record, constants, tables: tables.map(({ table }) => table), errors }
})

export interface KernelQuestion {
  readonly dtype: string
  /** What the GPU has. */
  readonly arithmetic: ReadonlyArray<Arithmetic>
  /** `trtllm` when left out, the engine whose kernels were measured for every data type. */
  readonly engine?: ServingEngine
  /** `decode` when left out. */
  readonly phase?: ServingPhase
  /** A family by its id instead. */
  readonly kernels?: string
}

/** Why no family answers, and what would. */
export interface KernelRefusal {
  readonly what: string
  readonly hint: string
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

/** The first number in the name of a data type is the bits of a weight: int4, mxfp4, fp16. */
const bitsOf = (dtype: string): number => Number(/\d+/.exec(dtype)?.[0] ?? 8)

/** The family that the GPU runs whose weights are nearest in size, with its error. */
const nearest = ({ dtype, arithmetic }: KernelQuestion): string => {
  const far = (family: KernelFamily) => Math.abs(Math.log(bitsOf(family.dtype) / bitsOf(dtype)))
  const able = kernelFamilies.filter((family) => arithmetic.includes(family.arithmetic))
  const [best] = able.toSorted((a, b) => far(a) - far(b))
  if (best === undefined) return "no family of kernels runs there"
  const { balanced, skewed } = best.errors
  return `nearest: dtype ${best.dtype} (${best.id}: median error ${percent(balanced.medianError)} balanced, ${percent(skewed.medianError)} skewed)`
}

/** The family that answers a question, or why none does. */
export const chooseKernels = (question: KernelQuestion): KernelFamily | KernelRefusal => {
  const { dtype, arithmetic, engine = "trtllm", phase = "decode", kernels } = question
  if (!servingEngines.includes(engine))
    return { what: `engine: ${JSON.stringify(engine)}`, hint: `one of ${servingEngines.join(", ")}` }
  if (kernels !== undefined) {
    const named = kernelFamilies.find(({ id }) => id === kernels)
    const ids = kernelFamilies.map(({ id }) => id).join(", ")
    if (named === undefined) return { what: `kernels: ${JSON.stringify(kernels)}`, hint: `one of ${ids}` }
    if (named.dtype !== dtype)
      return {
        what: `kernels: ${named.id} compute in ${named.dtype}, dtype says ${dtype}`,
        hint: `dtype ${named.dtype}`
      }
    if (arithmetic.includes(named.arithmetic)) return named
    return { what: `kernels: the GPU has no ${named.arithmetic} arithmetic for ${named.id}`, hint: nearest(question) }
  }
  const ofDtype = kernelFamilies.filter((family) => family.dtype === dtype)
  if (ofDtype.length === 0)
    return { what: `dtype: no kernels were measured in ${JSON.stringify(dtype)}`, hint: nearest(question) }
  const able = ofDtype.filter((family) => arithmetic.includes(family.arithmetic))
  if (able.length === 0) return { what: `dtype: the GPU has no arithmetic for ${dtype}`, hint: nearest(question) }
  return able.find((family) => family.engines.includes(engine) && family.phases.includes(phase)) ?? able[0]!
}

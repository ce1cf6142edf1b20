/** Kernels that compute the experts of a unit that caches them: 16-bit ones, as experts of fewer bits are expanded to 16. */
import type { ExpertTimeConstants } from "@moira/hardware"
import { kernelFamilies } from "@moira/hardware/calibration"

const { constants, id, measuredOn } = kernelFamilies.find((family) => family.dtype === "bfloat16")!

/** What was fitted to them. */
export const kernels: Omit<ExpertTimeConstants, "peakFlopsPerSec"> = { ...constants, kernels: id }

/** Data sheet of the GPU that they were measured on. */
export { measuredOn }

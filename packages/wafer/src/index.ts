/** The wafer-scale GPU backend. */
import { wafer } from "./backend.ts"

export { wafer } from "./backend.ts"
export * from "./machines.ts"
export { WaferSpec } from "./spec.ts"
export default wafer

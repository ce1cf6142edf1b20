/** The wafer-scale GPU backend. */
import { wafer } from "./backend.ts"

export { wafer } from "./backend.ts"
export * from "./energy.ts"
export * from "./machines.ts"
export { WaferSpec } from "./spec.ts"
export * from "./units/area-power.ts"
export * from "./units/capacity.ts"
export * from "./units/table-ii.ts"
export default wafer

/** The wafer-scale GPU backend. */
import { wafer } from "./backend.ts"

export { dojo, dojoEnhanced, tsmcSow } from "./machines.ts"
export { WaferSpec } from "./spec.ts"
export { addedAreaPower } from "./units/area-power.ts"
export { expertsOf, tableLimits } from "./units/capacity.ts"
export { type AddedUnit, addedUnits } from "./units/table-ii.ts"
export default wafer

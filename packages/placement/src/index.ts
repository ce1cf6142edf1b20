/** Where experts lie and where their work goes. */

export { readChecked, writeChecked } from "./checked-export.ts"
export { placeChecked } from "./checked-place.ts"
export { exporterKind, ExportError, type ExportPolicy } from "./exporter.ts"
export { emptySlots, fillSlots } from "./fill-slots.ts"
export { checkInput, evenSlots, liveUnits } from "./input/check-input.ts"
export { balancedness, shapeOf, unitLoads } from "./loads/unit-loads.ts"
export {
  type GroupCounts,
  type LayerSpan,
  optimizerKind,
  PlacementError,
  type PlacementInput,
  PlacementOptimizer,
  type PlacementPolicy
} from "./optimizer.ts"
export { balanceBound, type BoundCase } from "./score/balance-bound.ts"
export { balanceFormulas } from "./score/balances.ts"
export { scoreIntervals } from "./score/bootstrap.ts"
export { copiesSharingUnit, migration } from "./score/migration.ts"
export { makeScore, type PlacementScore } from "./score/score.ts"
export { trafficForms } from "./score/traffic-files.ts"
export { countedTraffic, crossServerBytes, type LayerTraffic, linkBytes } from "./score/traffic.ts"

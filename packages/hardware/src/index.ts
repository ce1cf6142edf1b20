/** Machines for MoE inference, network models, and the contracts that hardware backends implement. */
export { type Backend, backendKind, type BuiltHardware, load, loadMachine, plainSpec, resizedSpec } from "./backend.ts"
export { barrierEngine } from "./barrier.ts"
export { checkedEngine, checkedNetwork } from "./checked-network.ts"
export { type CostModel, costModel } from "./cost.ts"
export type { Demand } from "./demand.ts"
export { EnergyCosts, energyOf, totalJoules, uncountedEnergy } from "./energy.ts"
export { type Engine, sharedEngine } from "./engine.ts"
export { expertGemmsPs, type GemmConstants, type TransferConstants, transferPs } from "./expert-time/gemm.ts"
export {
  bestEfficiency,
  type ExpertTimeConstants,
  expertTimer,
  type ExpertTimer,
  moeLayerPs,
  type MoeLayerShape,
  shapeParameters,
  type WeightedExpertTime
} from "./expert-time/moe-layer.ts"
export { touchedBalanced } from "./expert-time/touched.ts"
export { fabricOf } from "./fabric.ts"
export { Hardware } from "./hardware.ts"
export { InvalidSpec } from "./invalid-spec.ts"
export { machineFault } from "./machine-fault.ts"
export {
  type BothBytes,
  type BothPs,
  type Controller,
  dispatchBytesPerElement,
  duplex,
  type Exchange,
  exchangePs,
  type ExchangeTraffic,
  type Fabric,
  inEightBits,
  type Link,
  linkIndex,
  type Machine,
  type Node
} from "./machine.ts"
export { Network, networkKind, type NetworkModel, type NetworkOptions, type Watch, withTolerance } from "./network.ts"
export {
  type Holders,
  holdersOf,
  makePlacement,
  type PlacedBy,
  type Placement,
  placementFault,
  samePlacement
} from "./placement.ts"
export { fabricPrint, holdersPrint, trafficPrint, workPrint } from "./prints.ts"
export { routeAround } from "./routing/detours.ts"
export { routeHierarchical } from "./routing/hierarchical.ts"
export { routeO1Turn } from "./routing/o1turn.ts"
export { routeSwitch } from "./routing/switch.ts"
export { routeTorus } from "./routing/torus.ts"
export { routeXY } from "./routing/xy.ts"
export { routeYX } from "./routing/yx.ts"
export { type Routes, routesOf } from "./routes.ts"
export { summariseMachine } from "./summary.ts"
export { hierarchicalLinks } from "./topologies/hierarchical.ts"
export { islands } from "./topologies/islands.ts"
export { meshPairs } from "./topologies/mesh.ts"
export { switchPairs } from "./topologies/switch.ts"
export { torusPairs } from "./topologies/torus.ts"
export { type UnitTime, unitTime } from "./unit-time.ts"
export { clearWork, type LayerWork, makeWork, pushCopy, pushTask } from "./work.ts"

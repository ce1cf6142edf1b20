/**
 * The test kit that every hardware backend runs, in this repository or outside it: call {@link conformance} from a
 * test file. A capability that a backend claims must hold on every spec; one that it does not claim must fail.
 */
import { type Backend, backendContract } from "./backend.ts"
import { registerChecks } from "@moira/core/testing"
import type { Machine } from "./machine.ts"
import { networkContract, type NetworkModel } from "./network.ts"
import { type ConformanceOptions, contractChecks } from "./testing/checks.ts"
import { networkChecks } from "./testing/network-checks.ts"

export {
  allToAllRows,
  allToAllTable,
  type ExchangeRow,
  lowLatencyExchangeRows,
  lowLatencyExchangeTable,
  lowLatencyWiderTable,
  normalExchangeRows,
  normalExchangeTable,
  twoServerExchangeTable
} from "./calibration/measured.ts"
export { touchedExpected } from "./expert-time/touched.ts"
export { dependencyCycle } from "./routing/deadlock.ts"
export { networkChecks } from "./testing/network-checks.ts"
export { Calibration, quantities } from "./testing/calibration.ts"
export { type ConformanceOptions, contractChecks } from "./testing/checks.ts"
export { meshFabric, type MeshOptions } from "./testing/mesh.ts"
export { ring, RingSpec } from "./testing/ring.ts"

/** Registers the network contract's tests for one model on one machine. */
export const networkConformance = (network: NetworkModel, machine: Machine): void =>
  registerChecks(`${network.id}: ${networkContract} on ${machine.nodes.length} nodes`, networkChecks(network, machine))

/** Registers one test for each check of the contract. */
export const conformance = <S, I>(backend: Backend<S, I>, options: ConformanceOptions<S>): void =>
  registerChecks(`${backend.id}: ${backendContract}`, contractChecks(backend, options))

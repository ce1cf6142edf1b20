/** Runs every strategy x batch on a machine over the provided trace. */
import { networkKind } from "@moira/hardware"
import { allocatorKind, optimizerKind, residencyKind } from "@moira/placement"
import {
  compareWithBase,
  type ExperimentPoint,
  loadKnowledge,
  loadWindow,
  Runner,
  strategyKind
} from "@moira/simulator"
import { loadPlugin, type SimulationDocument, TraceStore, version } from "@moira/trace"
import { Effect } from "effect"
import { findMachine } from "../machine.ts"
import { inputOf } from "./input.ts"

export interface SimulateRequest {
  readonly machines: ReadonlyArray<string>
  readonly backend?: string
  /** Numbers of the machines' specs to replace, as KEY=NUMBER. */
  readonly changes?: ReadonlyArray<string>
  readonly network: string
  readonly strategies: ReadonlyArray<string>
  readonly batches: ReadonlyArray<number>
  readonly steps: number
  readonly tokenTraffic: "modelled" | "ignored"
  readonly bytesPerWeight?: number
  readonly controller?: string
  readonly verify?: boolean
  readonly seed: number
}

/** Every combination as points, with all names resolved, so that a wrong name fails before anything runs. */
export const makePoints = Effect.fn("cli.makePoints")(function* (request: SimulateRequest) {
  const { steps, tokenTraffic, bytesPerWeight, controller, seed } = request
  const network = (yield* loadPlugin(networkKind, request.network)).module
  const machines = yield* Effect.forEach(request.machines, (name) =>
    findMachine(name, request.backend, request.changes)
  )
  const strategies = yield* Effect.forEach(
    request.strategies,
    Effect.fnUntraced(function* (name) {
      const strategy = (yield* loadPlugin(strategyKind, name)).plugin
      return {
        strategy: strategy.name,
        optimizer: (yield* loadPlugin(optimizerKind, strategy.placement)).module,
        allocator: (yield* loadPlugin(allocatorKind, strategy.allocator)).module,
        residency: (yield* loadPlugin(residencyKind, strategy.residency ?? "fixed")).module
      }
    })
  )
  return machines.flatMap((machine) =>
    request.batches.flatMap((batch) =>
      strategies.map((strategy): ExperimentPoint => {
        const optional = {
          ...(bytesPerWeight === undefined ? {} : { bytesPerWeight }),
          ...(request.verify === true ? { verify: true } : {}),
          ...(controller === undefined ? {} : { controller })
        }
        return { ...machine, ...strategy, network, batch, steps, tokenTraffic, seed, ...optional }
      })
    )
  )
})

export const simulateAll = Effect.fn("cli.simulateAll")(function* (request: SimulateRequest) {
  const store = yield* TraceStore
  const runner = yield* Runner
  const points = yield* makePoints(request)
  const requests = Math.max(...request.batches)
  const decode = yield* loadWindow({ requests, steps: request.steps })
  const window = { ...decode, knowledge: yield* loadKnowledge({ requests }) }
  const runs = yield* runner.run(window, points)
  const document: SimulationDocument = {
    schema: "moira-simulation/1",
    moira: version,
    input: inputOf(store),
    runs: compareWithBase(runs)
  }
  return document
})

/** Runs every strategy x batch on a machine over the provided trace. */
import { networkKind } from "@moira/hardware"
import { allocatorKind, residencyKind } from "@moira/allocation"
import { optimizerKind } from "@moira/placement"
import {
  compareWithBase,
  type ExperimentPoint,
  loadKnowledge,
  loadWindow,
  Runner,
  strategyKind
} from "@moira/simulator"
import { loadPlugin } from "@moira/core/node"
import { type Model, version } from "@moira/core"
import { type SimulationDocument } from "@moira/results"
import { TraceStore } from "@moira/trace"
import { Effect } from "effect"
import * as path from "node:path"
import { findMachine, specMachine } from "./machine/find.ts"
import { inputOf } from "./document.ts"
import { readPlacement } from "./place/files.ts"
import { placeMachine } from "./machine/sized.ts"

export interface SimulateRequest {
  /** Names as users give them, or specs of the backend, which is `wafer` unless another is named. */
  readonly machines: ReadonlyArray<string | { readonly name: string; readonly spec: unknown }>
  readonly backend?: string
  /** Numbers of the machines' specs to replace, as KEY=NUMBER. */
  readonly changes?: ReadonlyArray<string>
  readonly network: string
  readonly strategies: ReadonlyArray<string>
  readonly batches: ReadonlyArray<number>
  readonly steps: number
  readonly tokenTraffic: "modelled" | "ignored"
  readonly bytesPerWeight?: number
  readonly blockTokens?: number
  readonly warmUpSteps?: number
  readonly controller?: string
  readonly verify?: boolean
  readonly seed: number
  /** Units of each machine; as many as it has when left out. */
  readonly units?: number
  /** Optimizers, or files with placements, instead of the strategies' own. */
  readonly placements?: ReadonlyArray<string>
  /** Instead of the strategies' own allocator. */
  readonly allocator?: string
  /** Spare slots a unit; none when left out. */
  readonly spareSlots?: number
}

/** What to place by: an optimizer's module, or what a file says for a machine of so many units. */
interface PlacementChoice {
  readonly name: string
  readonly module: string
  readonly file?: string
}

const placementChoice = Effect.fnUntraced(function* (name: string) {
  const isFile = /\.(json|ya?ml)$/.test(name)
  const { module, plugin } = yield* loadPlugin(optimizerKind, isFile ? "contiguous" : name)
  return { name: isFile ? name : plugin.id, module, ...(isFile ? { file: name } : {}) } satisfies PlacementChoice
})

/** Every combination as points, with all names resolved, so that a wrong name fails before anything runs. */
const makePoints = Effect.fn("cli.makePoints")(function* (request: SimulateRequest, model: Model) {
  const { steps, tokenTraffic, bytesPerWeight, blockTokens, controller, spareSlots, seed, units, changes, backend } =
    request
  const network = (yield* loadPlugin(networkKind, request.network)).module
  const own = request.placements === undefined
  const machines = yield* Effect.forEach(request.machines, (machine) =>
    Effect.gen(function* () {
      if (typeof machine !== "string") return { named: yield* specMachine(machine, backend), units: 0 }
      const asked = {
        machine,
        ...(backend === undefined ? {} : { backend }),
        ...(changes === undefined ? {} : { changes })
      }
      const files = (request.placements ?? []).some((name) => /\.(json|ya?ml)$/.test(name))
      // Only a number of units or a placement file asks for a machine that is built already.
      if (units === undefined && !files) return { named: yield* findMachine(machine, backend, changes), units: 0 }
      const { named, fabric } = yield* placeMachine(units === undefined ? asked : { ...asked, units })
      return { named, units: fabric.units }
    })
  )
  const strategies = yield* Effect.forEach(
    request.strategies,
    Effect.fnUntraced(function* (name) {
      const strategy = (yield* loadPlugin(strategyKind, name)).plugin
      return {
        strategy: strategy.name,
        placements: yield* Effect.forEach(request.placements ?? [strategy.placement], placementChoice),
        allocator: (yield* loadPlugin(allocatorKind, request.allocator ?? strategy.allocator)).module,
        residency: (yield* loadPlugin(residencyKind, strategy.residency ?? "fixed")).module
      }
    })
  )
  const optional = {
    ...(bytesPerWeight === undefined ? {} : { bytesPerWeight }),
    ...(blockTokens === undefined ? {} : { blockTokens }),
    ...(request.warmUpSteps === undefined ? {} : { warmUpSteps: request.warmUpSteps }),
    ...(request.verify === true ? { verify: true } : {}),
    ...(controller === undefined ? {} : { controller }),
    ...(spareSlots === undefined ? {} : { spareSlots })
  }
  const points: Array<ExperimentPoint> = []
  for (const machine of machines) {
    for (const batch of request.batches) {
      for (const { strategy, placements, ...parts } of strategies) {
        for (const { name, module, file } of placements) {
          const layout = file === undefined ? undefined : yield* readPlacement(file, model, machine.units)
          points.push({
            ...machine.named,
            ...parts,
            strategy: own ? strategy : `${strategy} on ${path.basename(name)}`,
            optimizer: module,
            network,
            batch,
            steps,
            tokenTraffic,
            seed,
            ...optional,
            ...(layout === undefined ? {} : { placement: { name: path.basename(name), layout } })
          })
        }
      }
    }
  }
  return points
})

export const simulateAll = Effect.fn("cli.simulateAll")(function* (request: SimulateRequest) {
  const store = yield* TraceStore
  const runner = yield* Runner
  const points = yield* makePoints(request, store.manifest.model)
  const requests = Math.max(...request.batches)
  const decode = yield* loadWindow({ requests, steps: (request.warmUpSteps ?? 0) + request.steps })
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

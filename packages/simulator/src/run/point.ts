/** One experiment point as plain data: what a thread or another machine needs to run it. */
import { backendKind, Hardware, networkKind, Network } from "@moira/hardware"
import { allocatorKind, Allocator, residencyKind, Residency } from "@moira/allocation"
import { optimizerKind, PlacementOptimizer } from "@moira/placement"
import { importPlugin, type PluginSource } from "@moira/core"
import { Effect } from "effect"
import { simulate, type SimulateOptions } from "./simulate.ts"
import type { DecodeWindow } from "../window/window.ts"

/** Which trace a point is of: whoever runs it opens one with this content. */
export interface TraceReference {
  readonly contentSha256: string
  /** Directory of the store, where it has one. */
  readonly location?: string
}

/** Plug-ins are named by module URL, so that any thread imports the same ones. */
export interface ExperimentPoint extends SimulateOptions {
  readonly trace: TraceReference
  readonly backend: string
  /** A machine of the backend by name, or a spec. */
  readonly machine: string | { readonly name: string; readonly spec: unknown }
  readonly network: string
  readonly optimizer: string
  readonly allocator: string
  readonly residency: string
}

/** Runs a point; its plug-ins are imported unless the program opens them in another way. */
export const runPoint = Effect.fn("simulator.runPoint")(function* (
  window: DecodeWindow,
  point: ExperimentPoint,
  open: PluginSource["open"] = importPlugin
) {
  const backend = yield* open(backendKind, point.backend)
  const network = yield* open(networkKind, point.network)
  const optimizer = yield* open(optimizerKind, point.optimizer)
  const allocator = yield* open(allocatorKind, point.allocator)
  const residency = yield* open(residencyKind, point.residency)
  return yield* simulate(window, point).pipe(
    Effect.provide([
      Hardware.layer(backend, point.machine),
      Network.layer(network),
      PlacementOptimizer.layer(optimizer),
      Allocator.layer(allocator),
      Residency.layer(residency)
    ])
  )
})

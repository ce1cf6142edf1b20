/** One experiment point as plain data: what a thread or another machine needs to run it. */
import { backendKind, Hardware, networkKind, Network } from "@moira/hardware"
import { allocatorKind, Allocator, residencyKind, Residency } from "@moira/allocation"
import { optimizerKind, PlacementOptimizer } from "@moira/placement"
import {
  canonicalSha256,
  importPlugin,
  type Loaded,
  type PluginKind,
  type PluginReference,
  type PluginSource,
  referenceOf
} from "@moira/core"
import { Effect } from "effect"
import { simulate, type SimulateOptions } from "./simulate.ts"
import type { DecodeWindow } from "../window/window.ts"

/** Which trace a point is of: whoever runs it opens one with this content. */
export interface TraceReference {
  readonly contentSha256: string
  /** Directory of the store, where it has one. */
  readonly location?: string
}

/** A plug-in of a point: which one it is, and where whoever runs the point finds its module. */
export interface PointPlugin {
  readonly reference: PluginReference
  /** URL; of the machine that made the point, and no part of what the point is. */
  readonly module: string
}

/** Plain data: any thread imports the same plug-ins, and another machine can say whether it has them. */
export interface ExperimentPoint extends SimulateOptions {
  readonly trace: TraceReference
  readonly backend: PointPlugin
  /** A machine of the backend by name, or a spec. */
  readonly machine: string | { readonly name: string; readonly spec: unknown }
  readonly network: PointPlugin
  readonly optimizer: PointPlugin
  readonly allocator: PointPlugin
  readonly residency: PointPlugin
}

/** The reference of a plug-in that was loaded by name. */
export const pointPlugin = <A extends object>(kind: PluginKind<A>, { plugin, module }: Loaded<A>): PointPlugin => ({
  reference: referenceOf(kind, plugin),
  module
})

const stages = ["backend", "network", "optimizer", "allocator", "residency"] as const

/** Every plug-in of a point. */
export const pluginsOf = (point: ExperimentPoint): ReadonlyArray<PluginReference> =>
  stages.map((stage) => point[stage].reference)

/** What a point is, as plain data: its references, the trace's content and its options, wherever trace and modules lie. */
export const pointIdentity = (point: ExperimentPoint): object => {
  const options = Object.entries(point).filter(([field]) => !["trace", ...stages].includes(field))
  return {
    plugins: pluginsOf(point).map((reference) => ({ ...reference, path: undefined })),
    trace: point.trace.contentSha256,
    options: Object.fromEntries(options)
  }
}

/**
 * SHA-256 of {@link pointIdentity}. The same key is the same result by the same version of Moira, as long as the packages
 * are the same that a plug-in from outside imports.
 */
export const pointKey = (point: ExperimentPoint): string => canonicalSha256(pointIdentity(point))

/** Runs a point; its plug-ins are imported unless the program opens them in another way. */
export const runPoint = Effect.fn("simulator.runPoint")(function* (
  window: DecodeWindow,
  point: ExperimentPoint,
  open: PluginSource["open"] = importPlugin
) {
  const backend = yield* open(backendKind, point.backend.module)
  const network = yield* open(networkKind, point.network.module)
  const optimizer = yield* open(optimizerKind, point.optimizer.module)
  const allocator = yield* open(allocatorKind, point.allocator.module)
  const residency = yield* open(residencyKind, point.residency.module)
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

/** The seam to traces: whoever provides `TraceStore` decides where selections come from. */
import { Context, Effect } from "effect"
import type { Manifest } from "./manifest.ts"
import { taggedProblem } from "@moira/core"
import type { RequestRow } from "./requests.ts"
import type { LayerSelections, Phase } from "./selections.ts"

export class StoreError extends taggedProblem("StoreError", [
  "NotFound",
  "NotAStore",
  "WrongVersion",
  "Corrupt",
  "NotWritable",
  "Busy",
  "OtherModel",
  "NoSuchLayer",
  "NoSuchRequests",
  "Unrecorded",
  "Empty"
]) {}

/** A block of selections to read. */
export interface LayerQuery {
  /** Real layer number. */
  readonly layer: number
  /** First request, and the one after the last; all requests when left out. */
  readonly from?: number
  readonly to?: number
  readonly phase?: Phase
}

/** How another thread of this machine opens the same trace. */
export interface TraceOpener {
  /** URL of a module whose default export makes a layer of `TraceStore` of a location. */
  readonly module: () => string
  readonly location: string
}

/** Random access to selections by layer, request range and phase. */
export interface TraceReader {
  readonly manifest: Manifest
  readonly requests: ReadonlyArray<RequestRow>
  readonly read: (query: LayerQuery) => Effect.Effect<LayerSelections, StoreError>
  /** Of traces that lie somewhere; one in memory is read by its own thread. */
  readonly opener?: TraceOpener
}

export class TraceStore extends Context.Service<TraceStore, TraceReader>()("@moira/trace/TraceStore") {}

/** Checks a query against a store's manifest and fills in its defaults. */
export const checkQuery = (manifest: Manifest, query: LayerQuery, where: string) =>
  Effect.suspend(() => {
    const { requests } = manifest.counts
    const from = query.from ?? 0
    const to = query.to ?? requests
    if (!manifest.layers.includes(query.layer)) {
      return Effect.fail(
        new StoreError({
          reason: "NoSuchLayer",
          where: `${where}, layer ${query.layer}`,
          what: "no MoE layer of this store",
          hint: `the MoE layers are ${manifest.layers.join(", ")}`
        })
      )
    }
    if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= requests)) {
      return Effect.fail(
        new StoreError({
          reason: "NoSuchRequests",
          where: `${where}, requests ${from} to ${to}`,
          what: "no such range of requests",
          hint: `the store holds requests 0 to ${requests}`
        })
      )
    }
    return Effect.succeed({ layer: query.layer, from, to, phase: query.phase ?? "both" } as const)
  })

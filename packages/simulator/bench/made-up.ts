/** What benches of this package simulate: skewed choices on a mesh of dies. */
import { sharedEngine, holdersOf, type NetworkModel } from "@moira/hardware"
import { meshFabric } from "@moira/hardware/testing"
import type { AllocationPolicy } from "@moira/allocation"
import contiguous from "@moira/placement/optimizers/contiguous"
import { findModel, type Model, moeLayers, random, sharedBytes } from "@moira/core"
import { Effect } from "effect"
import { type BatchParts, simulateBatch } from "../src/step/simulate-batch.ts"
import { makeBatch } from "../src/window/batch.ts"
import type { DecodeWindow } from "../src/window/window.ts"

export const deepseek = findModel("deepseek-v3")!

export interface WindowSize {
  readonly layers: number
  readonly steps: number
  readonly requests: number
  readonly experts?: number
}

/** Low ids are chosen more often, by a product of two draws; what comes after the first 2^20 ids repeats them. */
export const madeUpWindow = ({ layers, steps, requests, experts = 256 }: WindowSize): DecodeWindow => {
  const { below } = random(1)
  const model: Model = { ...deepseek, experts }
  const size = layers * steps * requests * model.topK
  const ids = experts > 256 ? new Uint16Array(sharedBytes(2 * size)) : new Uint8Array(sharedBytes(size))
  const block = Uint16Array.from({ length: Math.min(size, 1 << 20) }, () =>
    Math.floor((below(experts) * below(experts)) / experts)
  )
  for (let at = 0; at < size; at += block.length) ids.set(block.subarray(0, size - at), at)
  const decodeTokens = new Uint32Array(requests).fill(steps)
  return { model, layers: moeLayers(deepseek).slice(0, layers), requests, steps, ids, decodeTokens }
}

export interface Stages {
  readonly allocator: AllocationPolicy
  readonly network: NetworkModel
  readonly counter?: NonNullable<BatchParts["counter"]>
}

/** A run of all layers and steps of a window, every request once, on dies in a mesh with so many columns and rows. */
export const madeUpRun = (
  window: DecodeWindow,
  [columns, rows]: readonly [number, number],
  stages: Stages,
  tokenTraffic: "modelled" | "ignored" = "modelled"
) => {
  const { model, layers, requests, steps } = window
  const fabric = meshFabric(columns, rows)
  const placement = Effect.runSync(contiguous.place({ model, layers, fabric, expertBytes: 1, spareSlots: 0 }))
  const homes = layers.map((_, layerIndex) => holdersOf(placement, layerIndex))
  const residency = { holders: (layerIndex: number) => homes[layerIndex]!, after: () => {} }
  return () =>
    simulateBatch(
      makeBatch(window, requests),
      { fabric, engine: sharedEngine, residency, ...stages },
      { steps, tokenTraffic, bytesPerWeight: 1 }
    )
}

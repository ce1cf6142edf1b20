/** The task of placing over threads: some layers of an optimizer that places each by itself. */
import { importPlugin, type Task } from "@moira/core"
import { fabricOf } from "@moira/hardware"
import { type LayerSpan, optimizerKind, type PlacementInput } from "@moira/placement"
import { Effect } from "effect"
import type { NamedMachine } from "../machine/find.ts"
import { hardwareOf } from "./hardware-of.ts"

/** Plain data: a thread imports the optimizer, and builds the machine. */
export interface LayersShared {
  readonly optimizer: string
  readonly named: NamedMachine
  readonly input: Omit<PlacementInput, "fabric">
}

const layersTask: Task<LayerSpan, LayersShared, ReadonlyArray<Int32Array>> = {
  module: () => import.meta.resolve("@moira/pipeline/layers-task"),
  run: async (span, { optimizer, named, input }) => {
    const { machine } = await hardwareOf(named)
    const policy = await Effect.runPromise(importPlugin(optimizerKind, optimizer))
    return policy.layerwise!.rows({ ...input, fabric: fabricOf(machine) }, span)
  },
  isAnswer: (value) => Array.isArray(value) && value.every((row) => row instanceof Int32Array)
}

export default layersTask

/** Placements as files: what files hold is compared when they are read back, and nothing else. */
import { assert, it } from "@effect/vitest"
import { findModel, type Loaded, loadPlugin, moeLayers } from "@moira/core"
import { builtinNames, nodePlugins } from "@moira/core/node"
import { makePlacement, type Placement, samePlacement } from "@moira/hardware"
import { type ExportPolicy, exporterKind } from "@moira/placement"
import { Effect } from "effect"
import { placementFiles, readPlacement } from "../src/place/files.ts"

const model = findModel("mixtral-8x7b")!
const units = 4

/** Two experts a unit, the same in all layers, and a free slot on each. */
const placement: Placement = (() => {
  const shape = { units, experts: model.experts, layers: moeLayers(model) }
  const even = makePlacement(shape, (_, e) => [Math.floor((e * units) / model.experts)])
  const physicalToLogical = even.physicalToLogical.map((slots) =>
    Int32Array.from({ length: units * 3 }, (_, slot) =>
      slot % 3 === 2 ? -1 : slots[Math.floor(slot / 3) * 2 + (slot % 3)]!
    )
  )
  return { ...even, slotsPerUnit: 3, physicalToLogical, note: "all 32 layers are optimal" }
})()

const write = (exporters: ReadonlyArray<Loaded<ExportPolicy>>) =>
  placementFiles(
    "milp",
    {
      placement,
      counts: moeLayers(model).map(() => [1, 2, 3, 4, 5, 6, 7, 8]),
      traffic: new Float64Array(units * units)
    },
    model,
    exporters
  )

it.effect("makes files of a placement with a note of its optimizer in every form, and reads it back", () =>
  Effect.gen(function* () {
    const forms = builtinNames(exporterKind).filter((name) => !name.startsWith("vllm-"))
    const { texts, listed, filled } = yield* write(
      yield* Effect.forEach(forms, (name) => loadPlugin(exporterKind, name))
    )
    assert.strictEqual(filled, 32 * units)
    const own = yield* readPlacement({ name: texts[0]![0], text: texts[0]![1] }, model, units)
    assert.deepStrictEqual(
      texts.map(([file]) => file),
      listed.map(({ file }) => file)
    )
    assert.isTrue(samePlacement(own, placement))
    assert.isUndefined(own.note)
  }).pipe(Effect.provide(nodePlugins))
)

it.effect("still refuses a form that reads back other experts than it wrote", () =>
  Effect.gen(function* () {
    const { plugin } = yield* loadPlugin(exporterKind, "sglang")
    const swapped: ExportPolicy = {
      ...plugin,
      id: "swapped",
      read: (files, target) =>
        Effect.map(plugin.read(files, target), (read) => ({
          ...read,
          physicalToLogical: read.physicalToLogical.map((slots) => slots.toReversed())
        }))
    }
    const failure = yield* Effect.flip(write([{ plugin: swapped, module: "file:///swapped.ts" }]))
    assert.match(failure.message, /does not read back as the placement that was written; hint: the exporter is wrong/)
  }).pipe(Effect.provide(nodePlugins))
)

import { assert, it } from "@effect/vitest"
import { type ExportPolicy, exporterKind } from "../src/exporter.ts"
import { fillSlots } from "../src/fill-slots.ts"
import { makePlacement, type Placement } from "@moira/hardware"
import { exporterChecks } from "../src/testing/exporter-checks.ts"
import { exporterConformance } from "../src/testing.ts"
import { builtinPlugins } from "@moira/core/testing"
import { findModel, moeLayers, random } from "@moira/core"
import { Effect, Exit } from "effect"

const builtins = await Effect.runPromise(builtinPlugins(exporterKind))
const exporters = builtins.map(({ plugin }) => plugin)
const named = (id: string): ExportPolicy => exporters.find((one) => one.id === id)!
const model = findModel("deepseek-v3")!
const layers = moeLayers(model)

for (const exporter of exporters) exporterConformance(exporter)

it("ships the forms of the field, each found by its id", () => {
  const names = builtins.map(({ name }) => name)
  assert.deepStrictEqual(
    names,
    exporters.map(({ id }) => id)
  )
  assert.includeMembers(names, ["sglang", "vllm", "vllm-ranks", "trtllm", "vllm-ascend", "eplb", "moira"])
})

const contiguous32 = makePlacement({ units: 32, experts: 256, layers }, (_, e) => [e >> 3])

/** 288 slots on 32 units: a shuffled placement with copies. */
const drawn = (seed: number): Placement => {
  const { below } = random(seed)
  const physicalToLogical = layers.map(() => {
    const slots = Int32Array.from({ length: 288 }, (_, s) => (s < 256 ? s : below(256)))
    for (let i = 287; i > 0; i--) {
      const j = below(i + 1)
      ;[slots[i], slots[j]] = [slots[j]!, slots[i]!]
    }
    return slots
  })
  return { units: 32, slotsPerUnit: 9, experts: 256, layers, physicalToLogical }
}

it.effect("no two forms claim the same file", () =>
  Effect.gen(function* () {
    for (const exporter of exporters) {
      const [file] = yield* exporter.write(contiguous32, model)
      const claiming = exporters.filter(({ recognises }) => recognises(file!.text)).map(({ id }) => id)
      assert.deepStrictEqual(claiming, [exporter.id])
    }
  })
)

it.effect("sglang: exactly one key, a row for each hidden layer, the trivial one for dense layers", () =>
  Effect.gen(function* () {
    const placement = drawn(1)
    const [file] = yield* named("sglang").write(placement, model)
    const json = JSON.parse(file!.text) as { readonly physical_to_logical_map: ReadonlyArray<ReadonlyArray<number>> }
    assert.deepStrictEqual(Object.keys(json), ["physical_to_logical_map"])
    assert.strictEqual(json.physical_to_logical_map.length, 61)
    assert.deepStrictEqual(
      json.physical_to_logical_map[2],
      Array.from({ length: 288 }, (_, p) => p % 256)
    )
    assert.deepStrictEqual(json.physical_to_logical_map[3], [...placement.physicalToLogical[0]!])
    const extra = file!.text.replace("}", ', "extra": 1}')
    const error = yield* Effect.flip(named("sglang").read([{ name: "x.json", text: extra }], { model, units: 32 }))
    assert.match(error.message, /unknown key extra/)
    // What a balancer leaves in the rows of dense layers means nothing: a permutation, or copies of expert 0.
    const anything = json.physical_to_logical_map.map((row, layer) =>
      layer === 0 ? json.physical_to_logical_map[5]! : layer === 1 ? row.map(() => 0) : row
    )
    const text = JSON.stringify({ physical_to_logical_map: anything })
    const back = yield* named("sglang").read([{ name: "x.json", text }], { model, units: 32 })
    assert.deepStrictEqual(back.physicalToLogical, placement.physicalToLogical)
    const moe = JSON.stringify({ physical_to_logical_map: anything.with(3, anything[1]!) })
    const lacks = yield* Effect.flip(named("sglang").read([{ name: "x.json", text: moe }], { model, units: 32 }))
    assert.match(lacks.message, /layer 3/)
  })
)

it.effect("vllm: one map for all layers is read as that", () =>
  Effect.gen(function* () {
    const text = JSON.stringify(Array.from({ length: 256 }, (_, p) => p))
    const placement = yield* named("vllm").read([{ name: "x.json", text }], { model, units: 32 })
    assert.deepStrictEqual(placement, contiguous32)
  })
)

it.effect("vllm-ranks: refuses copies and layers that differ, and reads ranks", () =>
  Effect.gen(function* () {
    const ranks = named("vllm-ranks")
    assert.match((yield* Effect.flip(ranks.write(drawn(2), model))).message, /copies of experts/)
    const moved = contiguous32.physicalToLogical.with(4, contiguous32.physicalToLogical[4]!.toReversed())
    const differs = yield* Effect.flip(ranks.write({ ...contiguous32, physicalToLogical: moved }, model))
    assert.match(differs.message, /layer 7: placed otherwise than layer 3/)
    const uneven = `{"expert_to_ep_rank": [${Array.from({ length: 256 }, (_, e) => (e === 0 ? 1 : e >> 3)).join()}]}`
    const error = yield* Effect.flip(ranks.read([{ name: "x.json", text: uneven }], { model, units: 32 }))
    assert.match(error.message, /rank 0 has 7 experts, not 8/)
  })
)

it.effect("trtllm: real layer numbers; anchors, tags and repeated layers are refused", () =>
  Effect.gen(function* () {
    const trtllm = named("trtllm")
    const [file] = yield* trtllm.write(contiguous32, model)
    assert.match(file!.text, /^num_slots: 256\ninitial_global_assignments:\n {2}3: \[0, 1,/)
    assert.match(file!.text, /\nlayer_updates_per_iter: 0\n$/)
    const row = contiguous32.physicalToLogical[0]!.join()
    const wrong = [
      `num_slots: 256\ninitial_global_assignments: {3: &a [${row}], 4: *a}\nlayer_updates_per_iter: 0\n`,
      `num_slots: 256\ninitial_global_assignments: {3: [${row}], 3: [${row}]}\nlayer_updates_per_iter: 0\n`,
      `num_slots: 256\ninitial_global_assignments: {3: !!js/function "x"}\nlayer_updates_per_iter: 0\n`,
      `num_slots: 256\ninitial_global_assignments: {2: [${row}]}\nlayer_updates_per_iter: 0\n`,
      `num_slots: 256\ninitial_global_assignments: {3: [${row}]}\nlayer_updates_per_iter: 1\n`,
      `num_slots: 256\ninitial_global_assignments: 7\nlayer_updates_per_iter: 0\n`
    ]
    for (const text of wrong) {
      const exit = yield* Effect.exit(trtllm.read([{ name: "x.yaml", text }], { model, units: 32 }))
      assert.isTrue(Exit.isFailure(exit), text.slice(0, 80))
    }
    const part = `num_slots: 256\ninitial_global_assignments:\n  9: [${row}]\nlayer_updates_per_iter: 0\n`
    assert.deepStrictEqual((yield* trtllm.read([{ name: "x.yaml", text: part }], { model, units: 32 })).layers, [9])
  })
)

it.effect("vllm-ascend: refuses two copies on one device", () =>
  Effect.gen(function* () {
    const filled = fillSlots(
      makePlacement({ units: 32, experts: 256, layers }, (_, e) => (e === 0 ? [0, 1] : [e >> 3]))
    )
    assert.isDefined(yield* named("vllm-ascend").write(filled, model))
    const slots = filled.physicalToLogical[4]!.with(8, 0)
    const twice = { ...filled, physicalToLogical: filled.physicalToLogical.with(4, slots) }
    const error = yield* Effect.flip(named("vllm-ascend").write(twice, model))
    assert.match(error.message, /layer 7, unit 0: two copies of expert 0/)
  })
)

it.effect("eplb: triples that contradict each other are refused", () =>
  Effect.gen(function* () {
    const eplb = named("eplb")
    const [file] = yield* eplb.write(drawn(4), model)
    const json = JSON.parse(file!.text) as Record<string, Array<Array<any>>>
    assert.deepStrictEqual(Object.keys(json), ["phy2log", "log2phy", "logcnt"])
    json["logcnt"]![0]![0] += 1
    const error = yield* Effect.flip(eplb.read([{ name: "x.json", text: JSON.stringify(json) }], { model, units: 32 }))
    assert.match(error.message, /logcnt 0, entry 0: contradicts phy2log/)
  })
)

it("fills empty slots by load a copy, apart from the unit's own experts", () => {
  const shape = { units: 2, experts: 3, layers: [0] }
  const placement = makePlacement(shape, (_, e) => [e === 2 ? 1 : 0])
  assert.deepStrictEqual([...placement.physicalToLogical[0]!], [0, 1, 2, -1])
  assert.deepStrictEqual([...fillSlots(placement, [[1, 5, 90]]).physicalToLogical[0]!], [0, 1, 2, 1])
  assert.deepStrictEqual([...fillSlots(placement).physicalToLogical[0]!], [0, 1, 2, 0])
  const full = fillSlots(placement)
  assert.strictEqual(fillSlots(full), full)
})

const failing = (policy: ExportPolicy): ReadonlyArray<string> =>
  exporterChecks(policy).flatMap(({ name, run }) => (Exit.isFailure(Effect.runSyncExit(run)) ? [name] : []))

it("the kit catches exporters that break the contract", () => {
  const moira = named("moira")
  assert.deepStrictEqual(failing(moira), [])
  const broken: ReadonlyArray<readonly [string, ExportPolicy]> = [
    ["reads back", { ...moira, read: (files, of) => Effect.map(moira.read(files, of), (p) => ({ ...p, units: 9 })) }],
    ["knows its own", { ...moira, recognises: () => true }],
    ["knows its own", { ...moira, recognises: () => false }],
    ["empty slot", { ...moira, write: (p, m) => moira.write(fillSlots(p), m) }],
    [
      "another model",
      { ...moira, write: (p, m) => Effect.orElseSucceed(moira.write(p, m), () => [{ name: "x", text: "{}" }]) }
    ],
    ["damaged", { ...moira, read: (f, of) => Effect.orElseSucceed(moira.read(f, of), () => contiguous32) }]
  ]
  for (const [check, policy] of broken) {
    const names = failing(policy)
    assert.isTrue(
      names.some((name) => name.includes(check)),
      `${check}: ${names.join("; ")}`
    )
  }
})

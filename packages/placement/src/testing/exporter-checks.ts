/** What every exporter must do, as named checks. */
import { assert } from "@effect/vitest"
import type { Check } from "@moira/core/testing"
import { findModel, type Model, moeLayers, random } from "@moira/core"
import { Effect, Result } from "effect"
import { ExportError, type ExportPolicy } from "../exporter.ts"
import { makePlacement, type Placement } from "@moira/hardware"

/** One model with experts in every layer and one without them in the first. */
const models: ReadonlyArray<Model> = ["mixtral-8x7b", "deepseek-v2-lite"].map((id) => findModel(id)!)
const units = 4

/** Each expert once, in order. */
const plain = (model: Model): Placement =>
  makePlacement({ units, experts: model.experts, layers: moeLayers(model) }, (_, e) => [
    Math.floor((e * units) / model.experts)
  ])

/** Every layer's experts shuffled over all slots, with copies in the spare ones. */
const shuffled = (model: Model, spareSlots: number, seed: number): Placement => {
  const { below } = random(seed)
  const slotsPerUnit = model.experts / units + spareSlots
  const layers = moeLayers(model)
  const physicalToLogical = layers.map(() => {
    const slots = Int32Array.from({ length: units * slotsPerUnit }, (_, s) =>
      s < model.experts ? s : below(model.experts)
    )
    for (let i = slots.length - 1; i > 0; i--) {
      const j = below(i + 1)
      ;[slots[i], slots[j]] = [slots[j]!, slots[i]!]
    }
    return slots
  })
  return { units, slotsPerUnit, experts: model.experts, layers, physicalToLogical }
}

const accepted = (policy: ExportPolicy, placement: Placement, model: Model) =>
  Effect.map(Effect.result(policy.write(placement, model)), (result) => {
    if (Result.isSuccess(result)) return result.success
    assert.instanceOf(result.failure, ExportError)
    return undefined
  })

/** Fails unless the text is refused with a typed error. */
const refuses = Effect.fnUntraced(function* (
  policy: ExportPolicy,
  text: string,
  model: Model,
  of: number,
  what: string
) {
  const result = yield* Effect.result(policy.read([{ name: "damaged", text }], { model, units: of }))
  assert.isTrue(Result.isFailure(result), `${what} was read`)
  if (Result.isFailure(result)) {
    assert.instanceOf(result.failure, ExportError, what)
    assert.notInclude(result.failure.message, "\n")
  }
})

/** Checks of an exporter; every file that it writes is read back. */
export const exporterChecks = (policy: ExportPolicy): ReadonlyArray<Check> => [
  {
    name: "reads back what it wrote, and writes a plain placement",
    run: Effect.gen(function* () {
      for (const model of models) {
        const placements = [plain(model), ...[0, 1, 2].flatMap((spare) => [1, 2].map((s) => shuffled(model, spare, s)))]
        for (const [i, placement] of placements.entries()) {
          const files = yield* accepted(policy, placement, model)
          if (i === 0) assert.isDefined(files, `${model.id}: the contiguous placement was refused`)
          if (files === undefined) continue
          assert.deepStrictEqual(yield* policy.read(files, { model, units }), placement, `${model.id}, placement ${i}`)
          assert.deepStrictEqual(yield* policy.write(placement, model), files)
        }
      }
    })
  },
  {
    name: "knows its own files",
    run: Effect.gen(function* () {
      for (const model of models)
        for (const { text } of yield* policy.write(plain(model), model)) assert.isTrue(policy.recognises(text))
      assert.isFalse(policy.recognises(""))
      assert.isFalse(policy.recognises("schema: none"))
    })
  },
  {
    name: "refuses an empty slot, or keeps it",
    run: Effect.gen(function* () {
      for (const model of models) {
        const whole = shuffled(model, 1, 3)
        const row = whole.physicalToLogical[1]!
        const twice = row.findIndex((e, s) => row.indexOf(e) < s)
        const holed = { ...whole, physicalToLogical: whole.physicalToLogical.with(1, row.with(twice, -1)) }
        const files = yield* accepted(policy, holed, model)
        if (files !== undefined) assert.deepStrictEqual(yield* policy.read(files, { model, units }), holed)
      }
    })
  },
  {
    name: "refuses a placement of another model and one that loses an expert",
    run: Effect.gen(function* () {
      const [one, other] = [models[0]!, models[1]!]
      assert.isUndefined(yield* accepted(policy, plain(one), other))
      const placement = plain(one)
      const lost = placement.physicalToLogical[0]!.map((e) => (e === 3 ? 2 : e))
      const broken = { ...placement, physicalToLogical: placement.physicalToLogical.with(0, lost) }
      assert.isUndefined(yield* accepted(policy, broken, one))
    })
  },
  {
    name: "refuses damaged files, each in one line",
    run: Effect.gen(function* () {
      const [one, other] = [models[0]!, models[1]!]
      const { text } = (yield* policy.write(plain(one), one))[0]!
      yield* refuses(policy, text.slice(0, text.length >> 1), one, units, "half a file")
      yield* refuses(policy, "", one, units, "an empty file")
      yield* refuses(policy, "[]", one, units, "an empty list")
      yield* refuses(policy, "{}", one, units, "an empty object")
      // The last number of a list, or of a file without lists.
      const expert = text.includes("]") ? /\d+(?=\])/ : /\d+(?=\D*$)/
      yield* refuses(policy, text.replace(expert, "99"), one, units, "an expert that the model does not have")
      yield* refuses(policy, text.replace(expert, "0.5"), one, units, "half an expert")
      yield* refuses(policy, text, other, units, "a file of another model")
      yield* refuses(policy, text, one, 3, "a file of another number of units")
    })
  }
]

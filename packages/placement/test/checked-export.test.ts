/** An exporter that writes or reads what is no file or no placement is told in one line that names it. */
import { assert, it } from "@effect/vitest"
import { findModel } from "@moira/core"
import { makePlacement } from "@moira/hardware"
import { Effect } from "effect"
import { readChecked, writeChecked } from "../src/checked-export.ts"
import { ExportError, type ExportPolicy } from "../src/exporter.ts"
import moira from "../src/exporters/moira.ts"

const model = findModel("mixtral-8x7b")!
const placement = makePlacement({ units: 8, experts: 8, layers: [0] }, (_, e) => [e])
const odd = (change: object): ExportPolicy => ({ ...moira, id: "odd", ...change })
const writes = (write: () => unknown) => writeChecked(odd({ write }), placement, model)

const wrong: ReadonlyArray<readonly [string, () => unknown, RegExp]> = [
  ["throws", () => assert.fail("no ink"), /throws AssertionError: no ink/],
  ["gives a promise", () => Promise.resolve([]), /gives an object \(Promise\), not an effect/],
  ["gives nothing", () => Effect.succeed(undefined), /gives undefined, not a list of files/],
  ["gives no file", () => Effect.succeed([]), /gives an object \(Array\), not a list of files/],
  ["gives numbers", () => Effect.succeed([5]), /names a file undefined/],
  ["leaves its folder", () => Effect.succeed([{ name: "../evil", text: "" }]), /names a file "\.\.\/evil"/],
  ["names its folder", () => Effect.succeed([{ name: "..", text: "" }]), /names a file "\.\."/],
  ["writes no text", () => Effect.succeed([{ name: "a", text: 5 }]), /gives 5 for the text of a/],
  ["fails with what is no refusal", () => Effect.fail("no"), /throws "no"/]
]
it.effect.each(wrong)("%s", ([, write, line]) =>
  Effect.gen(function* () {
    const { message } = yield* Effect.flip(writes(write))
    assert.match(message, line)
    assert.match(message, /^exporter odd: .*; hint: the exporter is wrong: run it through exporterConformance/)
  })
)

it.effect("reads what is no placement", () =>
  Effect.gen(function* () {
    const read = (answer: () => unknown) => readChecked(odd({ read: answer }), [], { model, units: 8 })
    assert.match(
      (yield* Effect.flip(read(() => Effect.succeed({})))).message,
      /reads an object \(Object\), not a placement/
    )
    assert.match((yield* Effect.flip(read(() => undefined))).message, /gives undefined, not an effect/)
  })
)

it.effect("refuses in its own words, and writes to nothing but its own copy", () =>
  Effect.gen(function* () {
    const refusal = new ExportError({ reason: "TooLarge", where: "here", what: "no", hint: "another" })
    assert.strictEqual(yield* Effect.flip(writes(() => Effect.fail(refusal))), refusal)
    const spoils: ExportPolicy = odd({
      write: (of: typeof placement, served: typeof model) => {
        for (const slots of of.physicalToLogical) slots.fill(0)
        Object.assign(served, { experts: 1 })
        return Effect.succeed([{ name: "a", text: "" }])
      }
    })
    yield* writeChecked(spoils, placement, model)
    assert.deepStrictEqual([...placement.physicalToLogical[0]!], [0, 1, 2, 3, 4, 5, 6, 7])
    assert.strictEqual(model.experts, 8)
  })
)

it.effect("writes all that a placement says of itself", () =>
  Effect.gen(function* () {
    const placedBy = { trace: "abc", heldOutShare: 0.5, seed: 1 }
    const whole = { ...placement, note: "proven", placedBy }
    let seen: object | undefined
    yield* writeChecked(
      odd({ write: (of: object) => ((seen = of), Effect.succeed([{ name: "a", text: "" }])) }),
      whole,
      model
    )
    assert.deepStrictEqual(seen, whole)
  })
)

import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { pluginKind } from "../src/plugin.ts"
import { Plugins, tablePlugins } from "../src/plugins.ts"

interface Dice {
  readonly contract: string
  readonly sides: number
}

const dice = pluginKind<Dice>({ name: "dice", contract: "dice/v1", home: "@moira/kit/builtins" })
const cards = pluginKind<Dice>({ name: "cards", contract: "cards/v1" })

const six = { contract: "dice/v1", sides: 6 }
const module = { default: { contract: "dice/v1", sides: 20 } }
const table = tablePlugins({ dice: { six, twenty: module, newer: { contract: "dice/v2" }, card: { sides: 6 } } })

it.effect("gives plug-ins and the defaults of modules by name, and again by what it calls their module", () =>
  Effect.gen(function* () {
    const plugins = yield* Plugins
    assert.deepStrictEqual(plugins.names(dice), ["card", "newer", "six", "twenty"])
    assert.strictEqual((yield* plugins.load(dice, "six")).plugin, six)
    const twenty = yield* plugins.load(dice, "twenty")
    assert.strictEqual(twenty.plugin, module.default)
    assert.strictEqual(yield* plugins.open(dice, twenty.module), module.default)
  }).pipe(Effect.provide(table))
)

it.effect("says what it has of a name or kind that it has not", () =>
  Effect.gen(function* () {
    const plugins = yield* Plugins
    const error = yield* Effect.flip(plugins.load(dice, "sixx"))
    assert.deepStrictEqual(
      [error.reason, error.what, error.hint],
      ["Unknown", "unknown dice: not in the table of plug-ins", "the table has six, card, newer, twenty"]
    )
    assert.strictEqual((yield* Effect.flip(plugins.load(cards, "six"))).hint, 'the table has no "cards"')
    assert.deepStrictEqual(yield* plugins.all(cards), [])
    assert.strictEqual((yield* Effect.flip(plugins.load(dice, "toString"))).reason, "Unknown")
    assert.strictEqual((yield* Effect.flip(plugins.load(dice, "newer"))).reason, "OtherVersion")
    assert.strictEqual((yield* Effect.flip(plugins.load(dice, "card"))).reason, "NotThisKind")
  }).pipe(Effect.provide(table))
)

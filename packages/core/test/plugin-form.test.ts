/** A plug-in whose fields are not what its contract says is refused when it is loaded, by a line that names the field. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { checkPlugin, pluginKind } from "../src/plugin.ts"

const kind = pluginKind<{ readonly id: string }>({
  name: "dice",
  contract: "dice/v1",
  form: { id: "id", title: "text", roll: "function", "sides?": "whole", "loaded?": "boolean", "of?": ["wood", "bone"] }
})

const good = { contract: "dice/v1", id: "six", title: "Six", roll: () => 4 }
const check = (fields: object) => checkPlugin(kind, "file:///dice.js", { ...good, ...fields })

it.effect("what may be left out may be", () =>
  Effect.gen(function* () {
    assert.strictEqual((yield* check({})).id, "six")
    assert.strictEqual((yield* check({ sides: 6, loaded: false, of: "bone", more: 5 })).id, "six")
  })
)

const wrong: ReadonlyArray<readonly [object, RegExp]> = [
  [{ id: undefined }, /its id is undefined, not a name of letters/],
  [{ id: "../../six" }, /its id is "\.\.\/\.\.\/six", not a name/],
  [{ title: "" }, /its title is "", not text/],
  [{ roll: 4 }, /its roll is 4, not a function/],
  [{ sides: NaN }, /its sides is NaN, not a whole number from 0 to 65535/],
  [{ sides: Infinity }, /its sides is Infinity/],
  [{ loaded: "yes" }, /its loaded is "yes", not a boolean/],
  [{ of: "glass" }, /its of is "glass", not one of wood, bone/]
]
it.effect.each(wrong)("%o", ([fields, line]) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(check(fields))
    assert.deepStrictEqual([error.reason, error.where], ["NotThisKind", "file:///dice.js"])
    assert.match(error.message, line)
    assert.match(error.message, /hint: the dice is wrong: give it the fields of dice\/v1/)
  })
)

it.effect("one that throws where it is only looked at", () =>
  Effect.gen(function* () {
    const trap = new Proxy({}, { get: () => assert.fail("do not look"), has: () => true })
    const error = yield* Effect.flip(checkPlugin(kind, "file:///dice.js", trap))
    assert.match(error.message, /its default export throws/)
  })
)

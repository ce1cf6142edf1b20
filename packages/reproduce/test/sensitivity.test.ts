/** Every line of the sensitivity page asks for something that can be built, and for something else than the others. */
import { assert, it } from "@effect/vitest"
import { loadMachine, load, machineFault } from "@moira/hardware"
import wafer from "@moira/wafer"
import { Effect } from "effect"
import { changes } from "../src/sensitivity-changes.ts"

it.effect("each change names a machine that works, and no two lines are the same", () =>
  Effect.gen(function* () {
    for (const [what, { machines = [] }] of changes) {
      for (const machine of machines) {
        const built =
          typeof machine === "string"
            ? loadMachine(wafer, machine)
            : load(wafer, "spec" in machine ? machine.spec : machine.text, machine.name)
        assert.isUndefined(machineFault((yield* built).machine), what)
      }
    }
    const [names, asked] = [changes.map(([what]) => what), changes.map(([, change]) => JSON.stringify(change))]
    assert.strictEqual(new Set(names).size, changes.length)
    assert.strictEqual(new Set(asked).size, changes.length)
  })
)

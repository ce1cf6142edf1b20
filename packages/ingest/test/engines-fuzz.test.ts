import { assert, it } from "@effect/vitest"
import { findModel, random } from "@moira/core"
import { sharedData } from "@moira/test-data"
import * as fs from "node:fs"
import * as path from "node:path"
import { Fault } from "../src/formats/patterns-json/fault.ts"
import { enginesOf } from "./engines.ts"
import { type Damage, damage } from "./damage.ts"
import { patternsText, styles } from "./patterns-text.ts"
import { randomRequest } from "./random-request.ts"
import { small } from "./small-models.ts"

/** A bigger run by hand: `MOIRA_FUZZ=500000 vitest run test/engines-fuzz.test.ts`. */
const documents = Number(process.env["MOIRA_FUZZ"] ?? 24_000)

it(
  "three engines give the same ids or the same fault on tens of thousands of damaged files",
  () => {
    const { below } = random(20_261_124)
    const seen = new Map<string, number>()
    for (const [m, model] of small.entries()) {
      const texts = [0, 1, 2].flatMap((i) =>
        styles.map((style) => patternsText(model, randomRequest(model, 6, 9, i), style))
      )
      const engines = enginesOf(model)
      for (let n = 0; n < documents / small.length; n++) {
        let file: Uint8Array = Buffer.from(texts[n % texts.length]!, "latin1")
        const kinds: Array<Damage> = []
        for (let edits = n < texts.length ? 0 : below(3); edits > 0; edits--) {
          const [kind, damaged] = damage(file, below)
          kinds.push(kind)
          file = damaged
        }
        const outcome = engines(file)
        const name = outcome instanceof Fault ? outcome.reason : "accepted"
        seen.set(name, (seen.get(name) ?? 0) + 1)
        if (kinds.length === 0) assert.strictEqual(name, "accepted", `undamaged file ${n} of model ${m}`)
      }
    }
    for (const name of ["accepted", "Malformed", "Truncated", "OutOfRange", "Repeated", "Ragged", "WrongShape"])
      assert.isAbove(seen.get(name) ?? 0, documents / 1000, `${name} of ${JSON.stringify([...seen])}`)
  },
  120_000 + 10 * documents
)

const folder = sharedData("traces/patterns")

it.skipIf(folder === undefined)("three engines agree on a real file, whole and cut anywhere", () => {
  const engines = enginesOf(findModel("llama4-maverick")!)
  const real = fs.globSync(path.join(folder!, "**", "*.json")).toSorted()
  for (const file of real) assert.notInstanceOf(engines(fs.readFileSync(file)), Fault)
  const smallest = real.map((file) => fs.readFileSync(file)).toSorted((a, b) => a.length - b.length)[0]!
  const every = Math.ceil(smallest.length / 2000)
  for (let cut = 0; cut < smallest.length; cut += cut < 3000 || smallest.length - cut < 3000 ? 7 : every) {
    const outcome = engines(smallest.subarray(0, cut))
    if (!(outcome instanceof Fault)) assert.fail(`accepted ${cut} of ${smallest.length} bytes`)
    assert.deepStrictEqual([outcome.reason, outcome.place.byte], ["Truncated", cut])
  }
})

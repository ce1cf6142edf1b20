/** Adding a format edits no list, so nothing but this notices one that no kit ran. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"

const folder = new URL("../src/formats/", import.meta.url)

describe("every token format", () => {
  it.each(fs.readdirSync(folder))("%s runs the kit in its own folder", (name) => {
    const file = new URL(`./${name}/${name}.test.ts`, import.meta.url)
    assert.isTrue(fs.existsSync(file), `no test/${name}/${name}.test.ts`)
    assert.match(fs.readFileSync(file, "utf8"), /^conformance\(/m, "does not call the kit")
  })
})

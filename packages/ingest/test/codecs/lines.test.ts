import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as path from "node:path"
import { ContentFault } from "../../src/fault/content-fault.ts"
import { firstOf, linesOf } from "../../src/codecs/json-lines/lines.ts"
import { fixtureFolder } from "../../src/testing.ts"

const longs = Array.from({ length: 40 }, (_, i) => "x".repeat((i * 7919) % 200_000))

it.effect("gives each line with its number and place, across blocks", () =>
  Effect.gen(function* () {
    for (const text of ["a\n\nb\r\nc", "a\n", "\n", "", longs.join("\n"), `${longs.join("\n")}\n`]) {
      const folder = yield* fixtureFolder({ f: text })
      const plain = text.split("\n")
      const ended = plain.pop() === ""
      if (!ended) plain.push(text.slice(text.lastIndexOf("\n") + 1))
      let [at, n] = [0, 0]
      for (const line of linesOf(path.join(folder, "f"), 1 << 20)) {
        assert.deepStrictEqual([line.number, line.at], [n + 1, at])
        assert.isTrue(Buffer.from(line.bytes).toString() === plain[n])
        assert.strictEqual(line.ended, ended || n + 1 < plain.length)
        at += line.bytes.length + 1
        n++
      }
      assert.strictEqual(n, text === "" ? 0 : plain.length)
    }
  })
)

it.effect("refuses a line that is too long, and closes its file when left early", () =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder({ long: `a\n${"x".repeat(3_000_000)}`, two: "a\nb\n" })
    assert.throws(() => [...linesOf(path.join(folder, "long"), 1000)], ContentFault, /more than 1000 bytes/)
    const lines = linesOf(path.join(folder, "two"), 1000)
    assert.strictEqual(Buffer.from(firstOf(lines).bytes).toString(), "a")
    assert.isTrue(lines.next().done)
  })
)

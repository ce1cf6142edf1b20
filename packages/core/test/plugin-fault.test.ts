/** What finds that a plug-in wrote to its inputs. */
import { assert, it } from "@effect/vitest"
import { fingerprint, random } from "@moira/core"

it("sees each value that changes, wherever it is", () => {
  const values = Uint32Array.from({ length: 300 }, (_, i) => i % 7)
  const before = fingerprint(values)
  for (let i = 0; i < values.length; i++) {
    values[i]!++
    assert.notStrictEqual(fingerprint(values), before, `value ${i}`)
    values[i]!--
  }
  assert.strictEqual(fingerprint(values), before)
})

it("sees values that change places, those that leave sums of places alone too", () => {
  assert.notStrictEqual(fingerprint([1, 3, 2, 1, 3, 4, 0, 2]), fingerprint([2, 0, 4, 3, 1, 2, 3, 1]))
  const { below } = random(5)
  for (let round = 0; round < 2000; round++) {
    const values = Array.from({ length: 256 }, () => below(9) + 2)
    const before = fingerprint(values)
    const [up, down, by] = [below(255), below(255), 1 + below(2)]
    values[up]! -= by
    values[up + 1]! += by
    values[down]! += by
    values[down + 1]! -= by
    if (up !== down) assert.notStrictEqual(fingerprint(values), before, `${by} from ${up} up, to ${down} down`)
  }
})

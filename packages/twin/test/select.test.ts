import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { choose, makeChooser } from "../src/select.ts"

/** Sorting all experts: what `choose` must equal. */
const plain = (scores: ReadonlyArray<number>, topK: number, groups: number, groupsPerToken: number) => {
  const size = scores.length / groups
  const best = (from: ReadonlyArray<number>, n: number, of: (i: number) => number) =>
    from.toSorted((a, b) => of(b) - of(a) || a - b).slice(0, n)
  const members = (group: number) => Array.from({ length: size }, (_, i) => group * size + i)
  const groupScore = (group: number) =>
    best(members(group), 2, (e) => scores[e]!).reduce((total, e) => total + scores[e]!, 0)
  const open = best([...Array(groups).keys()], groupsPerToken, groupScore)
  return best(
    open.flatMap(members).toSorted((a, b) => a - b),
    topK,
    (e) => scores[e]!
  )
}

it("chooses what sorting all experts would, with and without groups, with ties", () => {
  const { uniform, below } = random(5)
  for (const [experts, topK, groups, groupsPerToken] of [
    [256, 8, 8, 4],
    [128, 1, 1, 1],
    [128, 8, 1, 1],
    [384, 8, 1, 1],
    [16, 4, 4, 2],
    [8, 4, 8, 4],
    [8, 8, 1, 1]
  ] as const) {
    const chooser = makeChooser({ experts, topK, routing: { groups, groupsPerToken } })
    for (let n = 0; n < 300; n++) {
      const coarse = below(2) === 0
      const scores = Array.from({ length: experts }, () => (coarse ? below(6) - 3 : uniform() * 20 - 10))
      choose(chooser, Float64Array.from(scores))
      assert.deepStrictEqual([...chooser.ids], plain(scores, topK, groups, groupsPerToken))
    }
  }
})

import { lineChart } from "../../../drawing/lines.ts"
import { temporalOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { percent, tick } from "../../../format.ts"
import { figureWidth, hue } from "../../../theme.ts"

const hues = [hue.blue, hue.green, hue.purple, hue.teal]

const who = (batch: number): string => (batch === 1 ? "one request" : `batch of ${batch}`)

/** What a cache of N experts of a layer would hit in decode. */
export const cacheHits = figure("cache-hits", "temporal", (evidence) => {
  const batches = temporalOf(evidence)?.reuse?.batches.filter(({ mean }) => mean !== null) ?? []
  const [first] = batches
  if (first === undefined) return undefined
  const points = (curve: ReadonlyArray<number>) => curve.map((y, n) => ({ x: n + 1, y }))
  const lines = batches.flatMap(({ batch, mean }, k) => [
    { label: `LRU, ${who(batch)}`, colour: hues[k % hues.length]!, points: points(mean!.lru) },
    ...(mean!.popularity === null
      ? []
      : [
          {
            label: `most popular, ${who(batch)}`,
            colour: hues[k % hues.length]!,
            dash: "5 4",
            points: points(mean!.popularity)
          }
        ])
  ])
  return {
    title: "What a cache of experts would hit",
    caption:
      "Share of the experts used at a decode step that a cache of N experts of the layer already holds; means over layers. " +
      `LRU starts empty with every request, so first uses (${percent(first.mean!.firstUseShare)} for ${who(first.batch)}) are misses; ` +
      "dashed, the most popular experts of the training requests are always there, judged on the others.",
    picture: lineChart({
      lines,
      x: "Experts of a layer that the cache holds",
      y: { label: "Hit rate", domain: [0, 1], format: tick((v) => percent(v, 0)) },
      width: figureWidth.full,
      height: 380
    })
  }
})

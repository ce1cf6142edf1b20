/** Insight 6: task and language are known before serving, and experts can be placed for them. */
import { mean } from "@moira/core/statistics"
import type { AnalysisDocument, TaskKind } from "@moira/results"
import { type InsightJudge, reasonOf, untestable, verdictOf } from "./insight.ts"
import { distance as bar } from "./thresholds.ts"

type Spatial = NonNullable<AnalysisDocument["spatial"]>

/** Widest first: a language or a benchmark is known of a whole service, a subject of one request. */
const kinds: ReadonlyArray<TaskKind> = ["language", "benchmark", "subject"]
const plural: Readonly<Record<TaskKind, string>> = {
  language: "languages",
  benchmark: "benchmarks",
  subject: "subjects"
}

const compare = ({ distances, sharing }: Spatial, kind: TaskKind) => {
  const pairs = distances.flatMap(({ kind: of, a, b, distance, noise }) =>
    of === kind && a !== b && noise !== null && noise.high > 0 ? [{ a, b, distance, noise }] : []
  )
  if (pairs.length === 0) return []
  const apart = mean(pairs.map(({ distance }) => distance))
  const floor = mean(pairs.map(({ noise }) => noise.high))
  const farthest = pairs.reduce((most, one) =>
    one.distance / one.noise.high > most.distance / most.noise.high ? one : most
  )
  return [
    {
      kind,
      apart,
      floor,
      ratio: apart / floor,
      above: pairs.filter(({ distance, noise }) => distance > noise.high).length,
      pairs: pairs.length,
      farthest,
      specific: sharing.means.find((of) => of.kind === kind)?.specific
    }
  ]
}

export const workloadAware: InsightJudge = {
  number: 6,
  title: "Workload-aware serving",
  claim: "Tasks and languages select different experts, so that knowing them allows placement before serving",
  observations: ["Ob4"],
  judge: ({ spatial }) => {
    if (spatial === null) return untestable("the spatial analysis was not asked for")
    const found = kinds.flatMap((kind) => compare(spatial, kind))
    if (found.length === 0) {
      const missing = "no two tasks have requests enough to be told from chance"
      return untestable(
        reasonOf(
          spatial.notMeasured,
          /^comparison of subjects/,
          reasonOf(spatial.notMeasured, /^comparison of/, missing)
        )
      )
    }
    const best = found.reduce((most, one) => (one.ratio > most.ratio ? one : most))
    const verdict = verdictOf([{ value: best.ratio, bar }])
    const telling = found.filter(({ ratio }) => ratio >= bar.weak)
    return {
      verdict,
      because: found
        .map(
          ({ kind, apart, floor, above, pairs }) =>
            `${plural[kind]} are ${apart.toFixed(2)} apart, requests dealt at random up to ${floor.toFixed(2)} (${above} of ${pairs} pairs beyond)`
        )
        .join("; "),
      evidence: found.map(({ kind, apart, floor }) => ({
        what: `Jensen-Shannon distance between ${plural[kind]}, mean over pairs and layers`,
        unit: "distance" as const,
        value: apart,
        interval: null,
        against: { what: "95th percentile of requests dealt at random", value: floor }
      })),
      parameter:
        verdict === "not supported"
          ? null
          : {
              advice: `place before serving: ${telling
                .map(
                  ({ kind, apart, floor, specific, farthest }) =>
                    `${plural[kind]} differ by ${apart.toFixed(2)} (noise floor ${floor.toFixed(2)})` +
                    (specific === undefined ? "" : `, with ${specific.toFixed(1)} experts a layer hot in some only`) +
                    `; farthest beyond it are ${farthest.a} and ${farthest.b}, ${farthest.distance.toFixed(2)}`
                )
                .join("; ")}`,
              values: Object.fromEntries(
                telling.flatMap(({ kind, apart, floor }) => [
                  [`${kind}_distance`, apart],
                  [`${kind}_noise_floor`, floor]
                ])
              )
            }
    }
  }
}

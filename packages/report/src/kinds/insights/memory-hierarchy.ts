/** Insight 2: layer relations steer the fast tier of memory, token relations the slow one. */
import type { AnalysisDocument, InsightEvidence } from "@moira/results"
import {
  coverageEvidence,
  type InsightJudge,
  type Judged,
  percentText,
  pointsText,
  reasonOf,
  sureLift,
  untestable,
  verdictOf
} from "./insight.ts"
import { hitRate, lift } from "./thresholds.ts"

type Temporal = NonNullable<AnalysisDocument["temporal"]>

/** The smallest cache that reaches the hit rate, and the policy that needs fewer experts for it. */
const cacheOf = ({ reuse }: Temporal) => {
  const alone = reuse?.batches.find(({ batch }) => batch === 1)?.mean
  if (alone === null || alone === undefined) return undefined
  const sizeOf = (rates: ReadonlyArray<number> | null) => (rates ?? []).findIndex((rate) => rate >= hitRate) + 1
  const sizes = [
    {
      name: (n: number) => `a least-recently-used cache of ${n} experts a layer`,
      experts: sizeOf(alone.lru),
      rates: alone.lru
    },
    {
      name: (n: number) => `a fixed cache of the ${n} most popular experts a layer`,
      experts: sizeOf(alone.popularity),
      rates: alone.popularity ?? []
    }
  ].filter(({ experts }) => experts > 0)
  const cache = sizes.toSorted((a, b) => a.experts - b.experts)[0]
  return cache && { ...cache, hits: cache.rates[cache.experts - 1]! }
}

const reuseEvidence = ({ reuse }: Temporal): ReadonlyArray<InsightEvidence> =>
  (reuse?.batches.find(({ batch }) => batch === 1)?.mean?.caches ?? []).map((cache) => ({
    what: `hits of a least-recently-used cache of ${cache.experts} experts a layer, within a request`,
    unit: "share" as const,
    value: cache.lru,
    interval: cache.interval,
    against:
      cache.popularity === null ? null : { what: "the most popular ones, always cached", value: cache.popularity }
  }))

const judge = ({ temporal }: AnalysisDocument): Judged => {
  if (temporal === null) return untestable("the temporal analysis was not asked for")
  const relations = [
    { of: "the next layer", for: "the fast tier", coverage: temporal.crossLayer?.mean, about: /Ob1|layer/i },
    { of: "the next token", for: "the slow tier", coverage: temporal.crossToken?.mean, about: /Ob2|token/i }
  ].flatMap(({ coverage, ...rest }) => {
    const sure = coverage === null || coverage === undefined ? null : sureLift(coverage)
    return sure === null ? [] : [{ ...rest, coverage: coverage!, sure }]
  })
  if (relations.length < 2) {
    const why = reasonOf(temporal.notMeasured, /Ob1|Ob2/i, "neither relation has held-out coverage and popularity")
    return untestable(relations.length === 0 ? why : `only one of the two relations was measured: ${why}`)
  }
  const both = verdictOf(relations.map(({ sure }) => ({ value: sure, bar: lift })))
  const holding = relations.filter(({ sure }) => sure >= lift.supported)
  // The insight speaks of two tiers: one relation that holds steers one of them.
  const verdict = both === "not supported" && holding.length > 0 ? "weak" : both
  const liftOf = ({ heldOut, popularity }: (typeof relations)[number]["coverage"]) => heldOut! - popularity!
  const cache = cacheOf(temporal)
  return {
    verdict,
    because: `over popularity, held out, ${relations
      .map(({ of, coverage }) => `${of} gains ${pointsText(liftOf(coverage))}`)
      .join(
        " and "
      )}; the low ends of the intervals are ${relations.map(({ sure }) => pointsText(sure)).join(" and ")}`,
    evidence: [
      ...relations.flatMap(({ of, coverage }) =>
        coverageEvidence(`selections of ${of} that the top 20 % of candidates cover, held out`, coverage, "popularity")
      ),
      ...reuseEvidence(temporal)
    ],
    parameter:
      verdict === "not supported" || cache === undefined
        ? null
        : {
            advice:
              `${cache.name(cache.experts)} hits ${percentText(cache.hits)} of one request's uses in decode` +
              (holding.length === 0
                ? ""
                : `; prefetch ${holding.map(({ of, for: tier }) => `by ${of} into ${tier}`).join(" and ")}`),
            values: { cache_experts_a_layer: cache.experts, hit_rate: cache.hits }
          }
  }
}

export const memoryHierarchy: InsightJudge = {
  number: 2,
  title: "Memory management across the hierarchy",
  claim: "Relations between layers steer the fast tier of memory, relations between tokens the slow tier",
  observations: ["Ob1", "Ob2"],
  judge
}

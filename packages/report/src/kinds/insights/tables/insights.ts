import { type Evidence, type Insight, type InsightEvidence, resultKinds } from "@moira/results"
import { percent, real, times, unbroken } from "../../../format.ts"
import { insightsOf } from "../judge.ts"
import { column, table } from "../../../table.ts"

/** What a document says, else judged on the first analysis that holds both time and space, or on the first there is. */
const judged = (evidence: Evidence): ReadonlyArray<Insight> => {
  const told = evidence.of(resultKinds.insights)[0]
  if (told !== undefined) return told.insights
  const analyses = evidence.of(resultKinds.analysis)
  const whole = analyses.find(({ temporal, spatial }) => temporal !== null && spatial !== null) ?? analyses[0]
  return whole === undefined ? [] : insightsOf(whole)
}

const written: Readonly<Record<InsightEvidence["unit"], (value: number) => string>> = {
  share: (value) => percent(value),
  points: (value) => percent(value),
  rho: real,
  factor: times,
  distance: real,
  count: real
}

/** The claims, what this trace says of them and what follows. */
export const insightVerdicts = table(
  { id: "insights", section: "insights", place: "open", wrap: true },
  (evidence) => ({
    title: "The study's six insights, judged on this trace",
    columns: [
      column("number", "No.", "text"),
      column("insight", "Insight", "text"),
      column("claim", "Claim", "text", true),
      column("observations", "Rests on", "text", true),
      column("verdict", "Verdict", "text"),
      column("because", "Because", "text"),
      column("advice", "What follows", "text")
    ],
    rows: judged(evidence).map((of) => [
      of.number,
      of.title,
      of.claim,
      of.observations.join(", "),
      of.verdict,
      unbroken(of.because),
      of.parameter === null ? null : unbroken(of.parameter.advice)
    ])
  })
)

/** The figures that the verdicts rest on. */
export const insightEvidence = table(
  { id: "insight_evidence", section: "insights", place: "closed", wrap: true },
  (evidence) => ({
    title: "Evidence of the insights",
    columns: [
      column("number", "No.", "text"),
      column("what", "What", "text"),
      column("shown", "Value", "text"),
      column("shown_interval", "95 % interval", "text"),
      column("shown_against", "Against", "text"),
      column("value", "Value", "real", true),
      column("interval_low", "Interval, low", "real", true),
      column("interval_high", "Interval, high", "real", true),
      column("against", "Compared with", "text", true),
      column("against_value", "Value of that", "real", true)
    ],
    rows: judged(evidence).flatMap(({ number, evidence: rests }) =>
      rests.map(({ what, unit, value, interval, against }) => [
        number,
        what,
        written[unit](value),
        interval === null ? null : interval.map(written[unit]).join(" to "),
        against === null ? null : `${written[unit](against.value)} (${against.what})`,
        value,
        interval?.[0] ?? null,
        interval?.[1] ?? null,
        against?.what ?? null,
        against?.value ?? null
      ])
    )
  })
)

/** The six insights for people. */
import type { InsightEvidence, Insight, InsightsDocument } from "@moira/results"

const shown: Readonly<Record<InsightEvidence["unit"], (value: number) => string>> = {
  share: (value) => `${(100 * value).toFixed(1)} %`,
  points: (value) => `${(100 * value).toFixed(1)} points`,
  rho: (value) => value.toFixed(2),
  factor: (value) => `${value.toFixed(2)} x`,
  distance: (value) => value.toFixed(3),
  count: (value) => String(value)
}

const evidenceLine = ({ what, unit, value, interval, against }: InsightEvidence): string =>
  `   - ${what}: ${shown[unit](value)}` +
  (interval === null ? "" : ` (95 %: ${interval.map(shown[unit]).join(" to ")})`) +
  (against === null ? "" : `, against ${shown[unit](against.value)} (${against.what})`)

const insightLines = ({ number, title, verdict, because, evidence, parameter }: Insight): ReadonlyArray<string> => [
  `${number}. ${title}: ${verdict.toUpperCase()}`,
  `   ${because}`,
  ...evidence.map(evidenceLine),
  ...(parameter === null ? [] : [`   => ${parameter.advice}`]),
  ""
]

export const insightsText = ({ insights }: InsightsDocument): string =>
  insights.flatMap(insightLines).join("\n").trimEnd()

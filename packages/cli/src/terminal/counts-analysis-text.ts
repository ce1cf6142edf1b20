/** The main figures of a counts analysis, for people. */
import type { CountsAnalysisDocument } from "@moira/results"
import { table } from "./table.ts"

const percent = (share: number | null | undefined): string =>
  share === null || share === undefined ? "–" : `${(100 * share).toFixed(1)} %`
const real = (value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : value.toFixed(2)

export const countsAnalysisText = ({ workloads, phases, notMeasured }: CountsAnalysisDocument): string => {
  const hot = (workloads ?? []).map(({ workload, phase, layers, mean }) => [
    workload,
    phase,
    `${layers.length}`,
    mean === null ? "–" : `${mean.skewMaxOverMean.toFixed(1)} x`,
    real(mean?.gini),
    real(mean?.entropyBits),
    percent(mean?.coverage.inSample),
    percent(mean?.coverage.heldOut)
  ])
  const agreement = (phases ?? []).map(({ prefill, decode, layers, mean }) => [
    prefill,
    decode,
    `${layers.length}`,
    `${real(mean?.rhoFrequency)} (${real(mean?.ceiling?.rhoFrequency)})`,
    `${percent(mean?.overlapTop5)} (${percent(mean?.ceiling?.overlapTop5)})`,
    `${percent(mean?.overlapTop10)} (${percent(mean?.ceiling?.overlapTop10)})`,
    `${percent(mean?.overlapTop20)} (${percent(mean?.ceiling?.overlapTop20)})`
  ])
  const blocks = [
    ...(hot.length === 0
      ? []
      : [
          `Ob4 popularity of experts\n${table(
            ["workload", "phase", "layers", "hottest", "Gini", "bits", "top 20 % cover", "held out"],
            hot
          )}`
        ]),
    ...(agreement.length === 0
      ? []
      : [
          `Ob3 prefill to decode, frequencies of experts (in brackets what the number of selections allows)\n${table(
            ["prefill", "decode", "layers", "rho", "top 5", "top 10", "top 20"],
            agreement
          )}`
        ]),
    ...(notMeasured.length === 0 ? [] : [notMeasured.map(({ what, why }) => `${what}: ${why}`).join("\n")])
  ]
  return blocks.join("\n\n")
}

/** The main figures of an analysis on the terminal. */
import { type AnalysisDocument, type BlockPartition, type Coverage, type SharingMean } from "@moira/results"
import { table } from "./table.ts"
import { changeLines } from "./temporal-text.ts"

const percent = (share: number | null): string => (share === null ? "–" : `${(100 * share).toFixed(1)} %`)

/** What holds from some tasks to others, both ways. */
const acrossText = ({ acrossTasks }: Coverage): string => {
  if (acrossTasks === undefined) return "–"
  const [low, high] = acrossTasks.directions.toSorted((a, b) => a - b).map((share) => (100 * share).toFixed(1))
  return `${percent(acrossTasks.heldOut)} (${low} – ${high})`
}

const coverageRow = (name: string, coverage: Coverage | null | undefined): ReadonlyArray<ReadonlyArray<string>> =>
  coverage === null || coverage === undefined
    ? []
    : [
        [
          name,
          percent(coverage.heldOut),
          coverage.interval === null ? "–" : coverage.interval.map((x) => (100 * x).toFixed(1)).join(" – "),
          percent(coverage.popularity),
          acrossText(coverage),
          percent(coverage.inSample)
        ]
      ]

/** Experts hot in every task and in some, against what chance makes. */
const sharingText = ({ kind, shared, specific, byChance }: SharingMean): string =>
  `Ob4 by ${kind}: a layer has ${shared.toFixed(1)} experts hot in every ${kind} and ${specific.toFixed(1)} hot in some by more ` +
  `than chance (requests dealt at random: ${byChance.shared.toFixed(1)} in every, ${byChance.someOnly.toFixed(1)} in some)`

/** What the blocks that all layers share are, and whether the catalogue knows them. */
const blocksText = ({ found, blocks, contrast, adjustedRand }: BlockPartition, catalogue: number | null): string => {
  const known =
    catalogue === null
      ? "the model catalogue has no groups"
      : adjustedRand === null
        ? `the model catalogue has ${catalogue} groups`
        : `adjusted Rand index ${adjustedRand.toFixed(3)} with the ${catalogue} groups of the model catalogue`
  return found
    ? `Ob5 blocks common to layers: ${blocks}, whose pairs are ${contrast.heldOut?.toFixed(1)} x those between blocks, held out; ${known}`
    : `Ob5 blocks common to layers: none; ${known}`
}

/** The main figures of an analysis, for people. */
export const analysisText = ({ temporal, spatial }: AnalysisDocument): string => {
  const rows = [
    ...coverageRow("Ob1 next layer", temporal?.crossLayer?.mean),
    ...coverageRow("Ob2 next token", temporal?.crossToken?.mean),
    ...coverageRow("Ob4 popularity", spatial?.popularity.mean?.coverage)
  ]
  const phases = temporal?.prefillDecode?.mean
  const rho = (value: number | null | undefined) => (value === null || value === undefined ? "–" : value.toFixed(2))
  const ceiling = phases?.ceiling
  const lines = [
    ...(phases === undefined
      ? []
      : [
          `Ob3 prefill to decode: rho ${rho(phases.rhoFrequency)} of frequencies, ` +
            `${rho(phases.rhoCrossLayer)} cross-layer, ${rho(phases.rhoCrossToken)} cross-token` +
            (ceiling === undefined
              ? ""
              : `; the number of tokens allows ${rho(ceiling.rhoFrequency)}, ${rho(ceiling.rhoCrossLayer)} and ${rho(ceiling.rhoCrossToken)}`),
          `Ob3 hottest experts of prefill in decode: ${percent(phases.overlapTop5)} of the top 5, ${percent(phases.overlapTop10)} of 10, ` +
            `${percent(phases.overlapTop20)} of 20` +
            (ceiling === undefined
              ? ""
              : `; the number of tokens allows ${percent(ceiling.overlapTop5)}, ${percent(ceiling.overlapTop10)} and ${percent(ceiling.overlapTop20)}`)
        ]),
    ...changeLines(temporal),
    ...(spatial?.popularity.mean == null
      ? []
      : [`Ob4 hottest expert: ${spatial.popularity.mean.skewMaxOverMean.toFixed(1)} x the mean`]),
    ...(spatial?.sharing.means ?? []).map(sharingText),
    ...(spatial?.pairs == null
      ? []
      : [
          `Ob5 pairs: the top 10 % hold ${percent(spatial.pairs.mean.top10.heldOut)} of co-activations held out ` +
            `(popularity ${percent(spatial.pairs.mean.top10.popularity)}, across tasks ${acrossText(spatial.pairs.mean.top10)}, ` +
            `in sample ${percent(spatial.pairs.mean.top10Share)}); ` +
            `strongest pair ${spatial.pairs.mean.maxOverRandom.toFixed(0)} x its popularity, ` +
            `${spatial.pairs.mean.maxOverUniform.toFixed(0)} x even choice`,
          ...(spatial.pairs.blocks.common === null
            ? []
            : [blocksText(spatial.pairs.blocks.common, spatial.pairs.blocks.catalogueGroups)])
        ]),
    ...[...(temporal?.notMeasured ?? []), ...(spatial?.notMeasured ?? [])].map(({ what, why }) => `${what}: ${why}`)
  ]
  const header = ["top 20 % cover", "held out", "95 % interval", "popularity", "across tasks", "in sample"]
  return [...(rows.length > 0 ? [table(header, rows)] : []), ...lines].join("\n")
}

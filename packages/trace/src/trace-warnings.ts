/** What whoever reads a result must know of the trace that it was computed from. */
import { formatCount } from "@moira/core"
import type { Manifest } from "./manifest.ts"
import { remarkText } from "./remark-text.ts"
import { zeroChoices } from "./zero-choices.ts"

const share = (part: number, all: number): string => `${((100 * part) / all).toPrecision(2)} %`

/** Decode tokens without any expert; prompt tokens without are told where the trace is, since no step is timed on them. */
const unrecorded = ({
  counts,
  layers,
  model
}: Pick<Manifest, "counts" | "layers" | "model">): ReadonlyArray<string> => {
  const { unrecordedDecodeTokens: tokens, decodeTokens, unrecordedPrefillTokens, missingIds } = counts
  const perToken = layers.length * model.topK
  const others = missingIds - (tokens + unrecordedPrefillTokens) * perToken
  const told: Array<string> = []
  if (tokens > 0)
    told.push(
      `${formatCount(tokens)} of ${formatCount(decodeTokens)} decode tokens (${share(tokens, decodeTokens)}, ` +
        `${formatCount(tokens * perToken)} ids) were not recorded: they are left out, from counts as from the steps that are timed`
    )
  if (others > 0)
    told.push(
      `${formatCount(others)} ids are missing at tokens that other layers do know: counts leave the ids out, the steps that are timed leave out such decode tokens`
    )
  return told
}

const rejected = ({ counts }: Pick<Manifest, "counts">): ReadonlyArray<string> =>
  counts.rejectedTokens === 0
    ? []
    : [
        `${formatCount(counts.rejectedTokens)} of ${formatCount(counts.decodeTokens)} decode tokens were drafted and rejected: ` +
          "they are work of the steps that are timed, but no tokens made"
      ]

/** Choices that cost nothing are no fault, but whoever reads loads and traffic must know of them. */
const zero = (manifest: Pick<Manifest, "counts" | "layers" | "model">): ReadonlyArray<string> => {
  const choices = zeroChoices(manifest)
  return choices === undefined
    ? []
    : [
        `${(100 * choices.share).toFixed(2)} % of selections are of the ${manifest.model.zeroExperts} zero experts, which do no work: ` +
          `a token uses ${choices.expertsPerToken.toFixed(3)} experts on average, not ${manifest.model.topK}`
      ]
}

/** Requests that share tokens: figures are as sure as the groups are many. */
const together = ({ counts: { requests, independentUnits: units } }: Pick<Manifest, "counts">): ReadonlyArray<string> =>
  units === requests
    ? []
    : [
        `the ${formatCount(requests)} requests are ${formatCount(units)} independent ${units === 1 ? "unit" : "units"}, since some share their beginnings ` +
          "(turns of a conversation, samples of a prompt): halves, folds and intervals are drawn of these"
      ]

/** Sentences: suspicions of readers, and tokens that are not what they seem. Results repeat them. */
export const traceWarnings = (
  manifest: Pick<Manifest, "remarks" | "counts" | "layers" | "model">
): ReadonlyArray<string> => [
  ...manifest.remarks.filter(({ kind }) => kind === "warning").map(remarkText),
  ...together(manifest),
  ...unrecorded(manifest),
  ...rejected(manifest),
  ...zero(manifest)
]

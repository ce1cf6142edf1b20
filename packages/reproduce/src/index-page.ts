/** The first page of a reproduction: what agrees, what does not, and where to look. */
import { comparedOf, unmeasuredOf, usualTolerance } from "./compared.ts"
import type { ReproducedExperiment, ReproductionDocument } from "./document.ts"
import { readings } from "./readings.ts"
import { errorText, markdownGrid, publishedText, valueText } from "./page.ts"

const counted = (n: number): string => (n === 0 ? "–" : String(n))

const summary = ({ id, title, rows }: ReproducedExperiment): ReadonlyArray<string> => {
  const compared = comparedOf(rows)
  const agreeing = compared.filter(({ agrees }) => agrees).length
  return [
    `[${title}](${id}.md)`,
    counted(agreeing),
    counted(compared.length - agreeing),
    counted(unmeasuredOf(rows)),
    counted(rows.filter(({ published }) => published === null).length)
  ]
}

const outside = ({ id, title, claim, rows }: ReproducedExperiment): string => {
  const compared = comparedOf(rows)
  const off = compared.filter(({ agrees }) => !agrees)
  const found =
    off.length === 0
      ? compared.length === 0
        ? "There was nothing to compare."
        : `All ${compared.length} values that were compared agree.`
      : markdownGrid(
          ["model", "outside its tolerance", "published", "measured", "on", "error"],
          off.map(({ row, side, value }) => [
            row.model,
            row.what,
            publishedText(row.published, row.unit),
            valueText(value, row),
            side === "ours" ? "–" : side,
            errorText(value, row.published)
          ]),
          2
        )
  return `## [${title}](${id}.md)\n\nThe study: ${claim}\n\n${found}`
}

const howRead = (): string =>
  [
    "## How the study is read",
    "Where the study leaves room, it is read in one way for all models, machines, batches and strategies. Strategies that read it otherwise are " +
      "shown in [sensitivity](sensitivity.md).",
    markdownGrid(
      ["what", "read as", "place in the study", "otherwise"],
      readings.map(({ of, read, place, otherwise }) => [
        of,
        read,
        place,
        otherwise.map(([strategy, how]) => `\`${strategy}\`: ${how}`).join("; ") || "–"
      ]),
      4
    )
  ].join("\n\n")

const tracesOf = ({ twins, real, seed }: ReproductionDocument): string => {
  const { requests, prefillTokens, decodeTokens, contentSha256 } = twins
  const made = Object.keys(contentSha256)
  const stores = Object.entries(real).map(([model, sha256]) => `${model} (${sha256.slice(0, 12)})`)
  return (
    `Twins: ${made.length === 0 ? "none" : made.join(", ")}, ${requests} requests each of about ${prefillTokens} prompt and at most ` +
    `${decodeTokens} decode tokens, seed ${seed}. Real traces, with the start of their SHA-256: ` +
    `${stores.length === 0 ? "none" : stores.join(", ")}.`
  )
}

/** Says nothing of time and place: the same experiments give the same bytes. */
export const indexPage = (document: ReproductionDocument, how: string): string =>
  [
    "# The study, reproduced",
    "Each page puts what was published beside what Moira measures on synthetic twins of the models and, where there are " +
      "some, on real traces. Running it again gives the same numbers. `docs/results/validation.md` says what deviates and why.",
    tracesOf(document),
    markdownGrid(
      ["experiment", "agree", "differ", "not measured", "nothing published"],
      document.experiments.map(summary),
      1
    ),
    `A value agrees when its relative error is at most ${100 * usualTolerance} %, or the row's own tolerance where the project ` +
      "set one. Twin and real values count one each; rows without a published number stand for themselves.",
    howRead(),
    ...document.experiments.map(outside),
    `Made with \`${how}\`.\n`
  ].join("\n\n")

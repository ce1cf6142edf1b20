/** Chapters on reproductions: what the study published beside what Moira measures. */
import type { Evidence } from "@moira/results"
import type { About, Headline, ReportedKind } from "@moira/report"
import { comparedOf } from "../compared.ts"
import { agreement } from "../figures/agreement.ts"
import { reproductionDocuments, reproductionsOf } from "./reproductions.ts"
import { reproductionRows, reproductionValues } from "./tables.ts"

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`

const agreeing = (evidence: Evidence) => {
  const experiments = reproductionsOf(evidence).flatMap((document) => document.experiments)
  const compared = comparedOf(experiments.flatMap(({ rows }) => rows))
  return { experiments, compared, agree: compared.filter(({ agrees }) => agrees).length }
}

const headline = (evidence: Evidence): ReadonlyArray<Headline> => {
  const { experiments, compared, agree } = agreeing(evidence)
  return compared.length === 0
    ? []
    : [
        {
          value: `${agree} of ${compared.length}`,
          label: "values agree with what the study published",
          detail: `of ${count(experiments.length, "experiment")}, within 15 % of the published value or the tolerance of the row`
        }
      ]
}

const message = (evidence: Evidence): string | undefined => {
  const { experiments, compared, agree } = agreeing(evidence)
  if (experiments.length === 0) return undefined
  return compared.length === 0
    ? "The study, reproduced"
    : `The study, reproduced: ${agree} of ${compared.length} published values agree`
}

const about = (evidence: Evidence): About => {
  const documents = reproductionsOf(evidence)
  const twins = new Set(documents.flatMap(({ twins: { contentSha256 } }) => Object.keys(contentSha256)))
  const real = new Set(documents.flatMap((document) => Object.keys(document.real)))
  return {
    title: "the study, reproduced",
    facts: [
      count(documents.flatMap(({ experiments }) => experiments).length, "experiment"),
      count(twins.size, "synthetic twin"),
      count(real.size, "real trace")
    ]
  }
}

const reproduction = {
  ...reproductionDocuments,
  order: 900,
  sections: [
    {
      id: "reproduction",
      order: 1100,
      title: "The study, reproduced",
      lead: "What was published beside what Moira measures on synthetic twins of the models and, where there are some, on real traces."
    }
  ],
  figures: [agreement],
  tables: [reproductionRows, reproductionValues],
  headlines: [{ order: 130, of: headline }],
  messages: [{ order: 130, of: message }],
  origins: {
    order: 600,
    of: (evidence) =>
      reproductionsOf(evidence).flatMap(({ seed, twins, real }) => [
        { name: "Seed of twins", value: String(seed) },
        {
          name: "Twins",
          value: `${twins.requests} requests of about ${twins.prefillTokens} prompt and at most ${twins.decodeTokens} decode tokens`
        },
        ...Object.entries(twins.contentSha256).map(([model, sha256]) => ({
          name: `Twin of ${model}, SHA-256`,
          value: sha256
        })),
        ...Object.entries(real).map(([model, sha256]) => ({ name: `Trace of ${model}, SHA-256`, value: sha256 }))
      ])
  },
  about
} satisfies ReportedKind

export default reproduction

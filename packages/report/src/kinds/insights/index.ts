/** Chapters on the study's six insights, as a document says them or as an analysis of both time and space lets them be judged. */
import { type Evidence, resultKinds } from "@moira/results"
import { percent } from "../../format.ts"
import { listed } from "../../provenance.ts"
import type { Headline, ReportedKind } from "../../reported-kind.ts"
import { insightEvidence, insightVerdicts } from "./tables/insights.ts"

/** How many of them a trace supports; of documents only, since an analysis is told by its own figures. */
const supported = (evidence: Evidence): ReadonlyArray<Headline> => {
  const document = evidence.of(resultKinds.insights)[0]
  if (document === undefined || document.insights.length === 0) return []
  const { insights } = document
  const titles = (verdict: string) => insights.filter((one) => one.verdict === verdict).map(({ number }) => number)
  const others = ["weak", "not supported", "not testable"].flatMap((verdict) => {
    const numbers = titles(verdict)
    return numbers.length === 0 ? [] : [`${verdict}: ${numbers.join(", ")}`]
  })
  const held = titles("supported")
  return [
    {
      value: `${held.length} of ${insights.length}`,
      label: "of the study's insights are supported by this trace",
      detail: [...(held.length === 0 ? [] : [`supported: ${held.join(", ")}`]), ...others].join("; ")
    }
  ]
}

const insightsMessage = (evidence: Evidence, model: string): string | undefined => {
  const insights = evidence.of(resultKinds.insights)[0]?.insights
  if (insights === undefined || insights.length === 0) return undefined
  const held = insights.filter(({ verdict }) => verdict === "supported").length
  return `${model}: ${held} of the study's ${insights.length} insights hold on this trace`
}

const insights = {
  ...resultKinds.insights,
  order: 400,
  sections: [
    {
      id: "insights",
      order: 600,
      title: "Six insights",
      lead:
        "What the study concluded, judged on this trace: supported, weak, not supported or not testable, by bars that are " +
        "the same for every trace, and what follows in numbers."
    }
  ],
  figures: [],
  tables: [insightVerdicts, insightEvidence],
  headlines: [{ order: 120, of: supported }],
  messages: [{ order: 560, of: insightsMessage }],
  origins: {
    order: 500,
    of: (evidence) => {
      const documents = evidence.of(resultKinds.insights)
      return documents.length === 0
        ? []
        : [
            { name: "Insights seed", value: listed(documents.map(({ seed }) => String(seed))) },
            {
              name: "Requests held out for insights",
              value: listed(documents.map(({ heldOutShare }) => percent(heldOutShare, 0)))
            }
          ]
    }
  }
} satisfies ReportedKind

export default insights

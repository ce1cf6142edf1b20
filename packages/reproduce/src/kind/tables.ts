import { column, table } from "@moira/report"
import { comparedOf, unmeasuredOf } from "../compared.ts"
import { relativeError } from "../document.ts"
import { publishedText, valueText } from "../page.ts"
import { reproductionsOf } from "./reproductions.ts"

/** What agrees, by experiment. */
export const reproductionRows = table(
  { id: "reproduction", section: "reproduction", place: "open", wrap: true },
  (evidence) => ({
    title: "Experiments of the study",
    columns: [
      column("experiment", "Experiment", "text"),
      column("claim", "The study", "text"),
      column("agree", "Agree", "whole"),
      column("differ", "Differ", "whole"),
      column("not_measured", "Not measured", "whole"),
      column("nothing_published", "Nothing published", "whole")
    ],
    rows: reproductionsOf(evidence)
      .flatMap(({ experiments }) => experiments)
      .map(({ title, claim, rows }) => {
        const compared = comparedOf(rows)
        const agreeing = compared.filter(({ agrees }) => agrees).length
        return [
          title,
          claim,
          agreeing,
          compared.length - agreeing,
          unmeasuredOf(rows),
          rows.filter(({ published }) => published === null).length
        ]
      })
  })
)

/** Every comparison; a row for each side that was measured. */
export const reproductionValues = table(
  { id: "reproduction_values", section: "reproduction", place: "closed", wrap: true },
  (evidence) => ({
    title: "Published and measured values",
    columns: [
      column("experiment", "Experiment", "text"),
      column("model", "Model", "text"),
      column("what", "What", "text"),
      column("published", "Published", "text"),
      column("measured", "Measured", "text"),
      column("on", "On", "text"),
      column("error", "Error", "share"),
      column("unit", "Unit", "text", true),
      column("value", "Value", "real", true)
    ],
    rows: reproductionsOf(evidence)
      .flatMap(({ experiments }) => experiments)
      .flatMap(({ id, rows }) =>
        rows.flatMap((row) =>
          (["twin", "real", "ours"] as const).flatMap((side) => {
            const value = row[side] ?? null
            if (value === null) return []
            const { model, what, unit, published } = row
            const shown = [publishedText(published, unit), valueText(value, row), side === "ours" ? "–" : side]
            return [[id, model, what, ...shown, relativeError(value, published), unit, value]]
          })
        )
      )
  })
)

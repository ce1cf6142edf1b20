import { bars } from "../../../drawing/bars.ts"
import { key } from "../../../drawing/legend.ts"
import { column } from "../../../drawing/picture.ts"
import { figure } from "../../../figure.ts"
import { compact, tick, times } from "../../../format.ts"
import { metricOf } from "../../../metric.ts"
import { figureWidth, hue } from "../../../theme.ts"
import {
  colourOfPart,
  comparisonOf,
  fastestOf,
  leadLabel,
  leadRows,
  partsOf,
  partTitle,
  rateId,
  rateOf,
  settingLabel,
  strategyLabel
} from "../found.ts"

/** Bars that are shown; the reference is always among them. */
const most = 10

/** Machines by throughput, each bar in the colours of what its time is spent on. */
export const comparedMachines = figure("compared-machines", "answer", (evidence) => {
  const of = comparisonOf(evidence)
  if (of === undefined) return undefined
  const all = leadRows(of)
  const reference = all.find(({ machine }) => machine === of.reference)
  const first = all.slice(0, most)
  const rows = reference === undefined || first.includes(reference) ? first : [...first.slice(0, most - 1), reference]
  const parts = partsOf(rows)
  const metric = metricOf(rateId)
  const chart = bars(
    [
      {
        title: "",
        rows: rows.map((row) => ({
          label: leadLabel(of, row),
          segments:
            row.binds.length === 0
              ? [{ value: rateOf(row), colour: hue.grey }]
              : parts.map((part) => ({
                  value: rateOf(row) * (row.binds.find(({ name }) => name === part)?.share ?? 0),
                  colour: colourOfPart(part)
                })),
          text: compact(rateOf(row)),
          ...(row === reference
            ? { note: "reference" }
            : row.overReference === null
              ? {}
              : { note: times(row.overReference.factor) })
        }))
      }
    ],
    { label: `${metric.title} (${metric.unit})`, format: tick(compact) },
    figureWidth.full
  )
  const legend = key(
    parts.map((part) => ({ label: partTitle(part), colour: colourOfPart(part) })),
    figureWidth.full
  )
  const lead = fastestOf(of)
  const hidden = all.length - rows.length
  return {
    title: "Machines by throughput, and what binds them",
    caption: `${of.verdict.sentences.slice(0, 2).join(" ")} Bars are of ${strategyLabel(of, lead)} at ${settingLabel(of, lead)}; colours divide a bar as the parts divide its time. Factors are over the reference machine${hidden > 0 ? `; ${hidden} slower ones are in the tables` : ""}.`,
    picture: parts.length === 0 ? chart : column([legend, chart], 10)
  }
})

/** The comparison for people: the answer in sentences, then the machines, in as many columns as there are. */
import { formatCount } from "@moira/core"
import { greatestOf } from "@moira/core/statistics"
import type { ComparisonDocument } from "@moira/results"
import { table } from "./table.ts"

/** Lines of at most `columns` characters, broken between words; a longer word has a line of its own. */
export const wrapped = (text: string, columns: number, indent = ""): string => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = indent + word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line].join("\n")
}

/** Machines that are listed; the rest is in the report. */
const most = 8

const rateText = (rate: number): string =>
  rate >= 100 ? formatCount(Math.round(rate)) : String(Number(rate.toPrecision(3)))

const percent = (share: number): string => `${Math.round(100 * share)} %`

/** Rows of the fastest strategy in the setting that the answer is of, the fastest first. */
const machineRows = ({ comparison }: ComparisonDocument) => {
  const { rows, machines, verdict } = comparison
  const { setting, strategy } = rows[verdict.fastest]!
  const rate = (metrics: Readonly<Record<string, number>>) => metrics["throughput_tokens_per_s"] ?? 0
  return rows
    .filter((row) => row.setting === setting && row.strategy === strategy)
    .toSorted((a, b) => rate(b.metrics) - rate(a.metrics))
    .map(({ machine, metrics, overReference, binds: [first] }) => ({
      label: machines[machine]!.label,
      cells: [
        rateText(rate(metrics)),
        overReference === null ? "–" : `${overReference.factor.toPrecision(3)} x`,
        first === undefined ? "–" : `${first.name} ${percent(first.share)}`
      ]
    }))
}

export const compareText = (document: ComparisonDocument, columns: number): string => {
  const { verdict, rows, machines, strategies, settings, reference, notMeasured } = document.comparison
  const row = rows[verdict.fastest]!
  const all = machineRows(document)
  const shown = all.slice(0, most)
  const header = ["machine", "tokens/s", "over", "binds"]
  const wide = table(
    header,
    shown.map(({ label, cells }) => [label, ...cells])
  )
  const fits = greatestOf(wide.split("\n").map((line) => line.length)) <= columns
  const listed = fits
    ? wide
    : shown
        .map(({ label, cells: [rate, over, binds] }) =>
          [wrapped(label, columns, "  "), wrapped(`  ${rate} tokens/s, ${over}, ${binds}`, columns, "  ")].join("\n")
        )
        .join("\n")
  const caption = `With ${strategies[row.strategy]!.label} at ${settings[row.setting]!.label}; over ${machines[reference]!.label}:`
  return [
    ...verdict.sentences.map((sentence) => wrapped(sentence, columns, "  ")),
    ...(all.length < 2 ? [] : ["", wrapped(caption, columns), listed]),
    ...(all.length > most ? [`and ${all.length - most} more`] : []),
    ...(notMeasured.length === 0
      ? []
      : ["", ...notMeasured.map(({ what, why }) => wrapped(`${what}: ${why}`, columns, "  "))])
  ].join("\n")
}

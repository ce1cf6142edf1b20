/** A reproduction as files: one Markdown page an experiment, with its figures. */
import { figures } from "@moira/report"
import {
  type Published,
  relativeError,
  type ReproducedExperiment,
  type ReproducedRow,
  type ResultDocument
} from "@moira/trace"

const shown = (value: number | null, unit: ReproducedRow["unit"]): string => {
  if (value === null) return "–"
  if (unit === "share") return `${(100 * value).toFixed(1)} %`
  if (unit === "percent") return `${value.toFixed(1)} %`
  if (unit === "times") return `${value.toFixed(value < 100 ? 2 : 0)} x`
  if (unit === "rho") return value.toFixed(2)
  if (unit === "microseconds") return `${value.toFixed(1)} µs`
  return String(Math.round(100 * value) / 100)
}

const publishedText = (published: Published | null, unit: ReproducedRow["unit"]): string => {
  if (published === null) return "–"
  if ("value" in published) return shown(published.value, unit)
  return "atLeast" in published
    ? `at least ${shown(published.atLeast, unit)}`
    : `${shown(published.from, unit)} to ${shown(published.to, unit)}`
}

const errorText = (measured: number | null, published: Published | null): string => {
  const error = relativeError(measured, published)
  return error === null ? "–" : `${error > 0 ? "+" : ""}${(100 * error).toFixed(1)} %`
}

export const comparisonHeader = ["model", "what", "published", "twin", "error", "real", "error"] as const

/** Rows as text: published | twin | error | real | error. */
export const comparisonCells = (rows: ReadonlyArray<ReproducedRow>): ReadonlyArray<ReadonlyArray<string>> =>
  rows.map(({ model, what, unit, published, twin, real }) => [
    model,
    what,
    publishedText(published, unit),
    shown(twin, unit),
    errorText(twin, published),
    shown(real, unit),
    errorText(real, published)
  ])

const grid = (rows: ReadonlyArray<ReproducedRow>): string => {
  const line = (cells: ReadonlyArray<string>) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
  return [
    line(comparisonHeader),
    "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ...comparisonCells(rows).map(line)
  ].join("\n")
}

/** A figure of an experiment: its file and what is written under it. */
export interface DrawnFigure {
  readonly file: string
  readonly title: string
  readonly svg: string
}

const nameOf = (document: ResultDocument): string => {
  const input = "input" in document ? document.input : undefined
  return input === undefined ? "" : `${input.model}-${input.origin === "synthetic" ? "twin" : "real"}`
}

/** The figures asked for, of each document by itself. */
export const drawnFigures = (
  id: string,
  wanted: ReadonlyArray<string>,
  documents: ReadonlyArray<ResultDocument>
): ReadonlyArray<DrawnFigure> =>
  documents.flatMap((document) =>
    figures.flatMap((maker) => {
      const figure = wanted.includes(maker.id) ? maker.draw([document]) : undefined
      if (figure === undefined) return []
      const name = nameOf(document)
      return [{ file: `figures/${id}-${name}-${maker.id}.svg`, title: `${name}: ${figure.title}`, svg: figure.svg }]
    })
  )

/** The page of one experiment. */
export const pageOf = (
  { title, claim, rows, notes }: ReproducedExperiment,
  drawn: ReadonlyArray<DrawnFigure>,
  how: string
): string =>
  [
    `# ${title}`,
    `The study: ${claim}`,
    grid(rows),
    "An error is relative to the published value; 0 inside a published range or beyond a published least value.",
    ...notes.map((note) => `- ${note}`),
    ...drawn.map(({ file, title: words }) => `![${words}](${file})`),
    `Made with \`${how}\`.\n`
  ].join("\n\n")

/** A reproduction as files: one page an experiment, with its figures. */
import { type Figure, figuresOf, renderArticle, type ReportOptions } from "@moira/report"
import { toleranceOf } from "./compared.ts"
import { type Published, relativeError, type ReproducedExperiment, type ReproducedRow } from "./document.ts"
import { evidenceOf, type ResultDocument } from "@moira/results"

/** Two decimals, or three digits of what is smaller than one. */
const plain = (value: number): string =>
  String(Math.abs(value) < 1 ? Number(value.toPrecision(3)) : Math.round(100 * value) / 100)

const shown = (value: number | null, unit: ReproducedRow["unit"]): string => {
  if (value === null) return "–"
  if (unit === "share") return `${(100 * value).toFixed(1)} %`
  if (unit === "percent") return `${value.toFixed(1)} %`
  if (unit === "times") return `${value.toFixed(value < 100 ? 2 : 0)} x`
  if (unit === "rho") return value.toFixed(2)
  if (unit === "microseconds") return `${value.toFixed(1)} µs`
  return plain(value)
}

export const publishedText = (published: Published | null, unit: ReproducedRow["unit"]): string => {
  if (published === null) return "–"
  if ("value" in published) return shown(published.value, unit)
  if ("atLeast" in published) return `at least ${shown(published.atLeast, unit)}`
  return published.from === 0
    ? `at most ${shown(published.to, unit)}`
    : `${shown(published.from, unit)} to ${shown(published.to, unit)}`
}

export const errorText = (measured: number | null, published: Published | null): string => {
  const error = relativeError(measured, published)
  return error === null ? "–" : `${error > 0 ? "+" : ""}${(100 * error).toFixed(1)} %`
}

/** A value, or why there is none in two words; the reasons themselves follow the table. */
export const valueText = (value: number | null, { unit, why }: ReproducedRow): string =>
  value === null && why !== undefined ? "not measured" : shown(value, unit)

/** Experiments without traces have one column of ours; all others one for twins and one for real traces. */
const traceless = (rows: ReadonlyArray<ReproducedRow>): boolean =>
  rows.length > 0 && rows.every(({ ours }) => ours !== undefined)

const comparisonHeader = (rows: ReadonlyArray<ReproducedRow>): ReadonlyArray<string> =>
  traceless(rows)
    ? ["model", "what", "published", "tolerance", "ours", "error"]
    : ["model", "what", "published", "tolerance", "twin", "error", "real", "error"]

/** How far off still agrees, where there is something to agree with. */
const toleranceText = (row: ReproducedRow): string =>
  row.published === null ? "–" : `${Math.round(100 * toleranceOf(row))} %`

/** Rows as text: published | tolerance | twin | error | real | error, or published | tolerance | ours | error. */
const comparisonCells = (rows: ReadonlyArray<ReproducedRow>): ReadonlyArray<ReadonlyArray<string>> =>
  rows.map((row) => {
    const { model, what, unit, published, twin, real, ours = null } = row
    const sides = traceless(rows) ? [ours] : [twin, real]
    return [
      model,
      what,
      publishedText(published, unit),
      toleranceText(row),
      ...sides.flatMap((value) => [valueText(value, row), errorText(value, published)])
    ]
  })

/** What an experiment compares, as text: the heads of columns, and rows of cells. */
export const comparisonTable = (rows: ReadonlyArray<ReproducedRow>) => ({
  head: comparisonHeader(rows),
  rows: comparisonCells(rows)
})

/** Columns from this one on hold numbers. */
const numbersFrom = 2

/** Text that stays in its cell. */
export const markdownGrid = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  from: number
): string => {
  const line = (cells: ReadonlyArray<string>) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
  const rule = head.map((_, i) => (i < from ? "---" : "---:"))
  return [line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n")
}

/** A figure of an experiment: its file and what is written under it. */
export interface DrawnFigure {
  readonly file: string
  readonly title: string
  readonly svg: string
}

const nameOf = ({ input }: ResultDocument): string => {
  return input === undefined ? "" : `${input.model}-${input.origin === "synthetic" ? "twin" : "real"}`
}

/** The figures asked for, of each document by itself. */
export const drawnFigures = (
  id: string,
  wanted: ReadonlyArray<string>,
  documents: ReadonlyArray<ResultDocument>,
  { kinds }: ReportOptions
): ReadonlyArray<DrawnFigure> => {
  const figures = figuresOf(kinds)
  return documents.flatMap((document) =>
    figures.flatMap((maker) => {
      const figure = wanted.includes(maker.id) ? maker.draw(evidenceOf([document])) : undefined
      if (figure === undefined) return []
      const name = nameOf(document)
      return [{ file: `figures/${id}-${name}-${maker.id}.svg`, title: `${name}: ${figure.title}`, svg: figure.svg }]
    })
  )
}

/** Figures that an experiment drew itself. */
export const ownFigures = (id: string, drawings: ReadonlyArray<Figure> = []): ReadonlyArray<DrawnFigure> =>
  drawings.map(({ id: name, title, caption, svg }) => ({
    file: `figures/${id}-${name}.svg`,
    title: `${title}. ${caption}`,
    svg
  }))

const whatErrorsAre =
  "An error is relative to the published value; 0 inside a published range or beyond a published least value."

/** Why rows have no value, each reason once. */
const reasons = (rows: ReadonlyArray<ReproducedRow>): ReadonlyArray<string> =>
  [
    ...Map.groupBy(
      rows.filter(({ why }) => why !== undefined),
      ({ why }) => why
    )
  ].map(([why, of]) => `Not measured (${of.length} ${of.length === 1 ? "row" : "rows"}): ${why}.`)

/** The page of one experiment. */
export const pageOf = (
  { title, claim, rows, notes }: ReproducedExperiment,
  drawn: ReadonlyArray<DrawnFigure>,
  how: string
): string =>
  [
    `# ${title}`,
    `The study: ${claim}`,
    markdownGrid(comparisonHeader(rows), comparisonCells(rows), numbersFrom),
    whatErrorsAre,
    ...[...reasons(rows), ...notes].map((note) => `- ${note}`),
    ...drawn.map(({ file, title: words }) => `![${words}](${file})`),
    `Made with \`${how}\`.\n`
  ].join("\n\n")

/** The same page as one HTML file with its figures inside. */
export const htmlPageOf = (
  { title, claim, rows, notes }: ReproducedExperiment,
  drawn: ReadonlyArray<DrawnFigure>,
  how: string
): string =>
  renderArticle({
    title,
    lead: `The study: ${claim}`,
    table: comparisonTable(rows),
    numbersFrom,
    notes: [whatErrorsAre, ...reasons(rows), ...notes].map((note) => note.replaceAll("`", "")),
    figures: drawn,
    foot: `Made with ${how}.`
  })

/** Results as CSV by RFC 4180: one tidy file for each table, one observation a row. */
import { tablesOf } from "./arranged.ts"
import type { ReportOptions } from "./reported-kind.ts"
import { type Documents, isCountsInput, type Subject, subjectsOf } from "./subject.ts"
import type { Cell, Table } from "./table.ts"

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** Numbers as they are in the document; nothing for a missing value. */
const field = (cell: Cell): string => (cell === null ? "" : typeof cell === "string" ? quoted(cell) : String(cell))

/** Lines end in CR LF, the last one too. */
export const csvText = (header: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<Cell>>): string =>
  [header.map(quoted), ...rows.map((row) => row.map(field))].map((line) => `${line.join(",")}\r\n`).join("")

/** The column that says which trace a row is about; `traces.csv` says what that is. */
const traceColumn = "trace"

const combined = (filled: ReadonlyArray<{ readonly subject: Subject; readonly table: Table }>): string => {
  // Traces can differ in their metrics: the columns are those of any of them.
  const ids = [...new Set(filled.flatMap(({ table }) => table.columns.map((c) => c.id)))]
  const rows = filled.flatMap(({ subject, table }) => {
    const places = ids.map((id) => table.columns.findIndex((c) => c.id === id))
    return table.rows.map((row): ReadonlyArray<Cell> => [subject.slug, ...places.map((i) => row[i] ?? null)])
  })
  return csvText([traceColumn, ...ids], rows)
}

const traces = (subjects: ReadonlyArray<Subject>): string =>
  csvText(
    [
      traceColumn,
      "model",
      "title",
      "content_sha256",
      "origin",
      "requests",
      "prefill_tokens",
      "decode_tokens",
      "moe_layers",
      "experts",
      "top_k"
    ],
    subjects.flatMap(({ slug, input }) =>
      input === undefined
        ? []
        : [
            [
              slug,
              input.model,
              input.title,
              input.contentSha256,
              input.origin,
              ...(isCountsInput(input)
                ? [null, null, null]
                : [input.requests, input.prefillTokens, input.decodeTokens]),
              input.layers.length,
              input.experts,
              input.topK
            ]
          ]
    )
  )

/** File names and their text; tables without rows make no file. */
export const renderCsv = (documents: Documents, { kinds }: ReportOptions): ReadonlyMap<string, string> => {
  const subjects = subjectsOf(documents, kinds)
  return new Map([
    ["traces.csv", traces(subjects)],
    ...tablesOf(kinds).flatMap(({ id, csv, fill }) => {
      if (!csv) return []
      const filled = subjects.flatMap((subject) => {
        const made = fill(subject.evidence)
        return made === undefined ? [] : [{ subject, table: made }]
      })
      return filled.length === 0 ? [] : [[`${id}.csv`, combined(filled)] as const]
    })
  ])
}

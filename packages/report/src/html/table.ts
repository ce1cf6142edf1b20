/** Tables of results as HTML. */
import { escapeXml } from "../drawing/svg.ts"
import { integer } from "../format.ts"
import { cellText, shownColumns, type Table } from "../table.ts"

const numeric = (kind: string): boolean => kind !== "text" && kind !== "flag"

/** Nobody reads more, and a page of tens of thousands of rows does not open. */
const most = 1000

/** The first column names the row. */
export const htmlTable = (t: Table): string => {
  const columns = shownColumns(t)
  const head = columns
    .map((c) => `<th scope="col"${numeric(c.kind) ? ' class="n"' : ""}>${escapeXml(c.title)}</th>`)
    .join("")
  const shown = t.rows.slice(0, most)
  const title =
    t.rows.length > most ? `${t.title} (the first ${integer(most)} of ${integer(t.rows.length)} rows)` : t.title
  const body = shown
    .map((row) => {
      const cells = columns.map((c, i) => {
        const text = escapeXml(cellText(row[c.index] ?? null, c.kind))
        const n = numeric(c.kind) ? ' class="n"' : ""
        return i === 0 ? `<th scope="row"${n}>${text}</th>` : `<td${n}>${text}</td>`
      })
      return `<tr>${cells.join("")}</tr>`
    })
    .join("\n")
  return (
    `<div class="scroll" tabindex="0"><table${t.wrap === true ? ' class="wrap"' : ""}><caption>${escapeXml(title)}</caption>` +
    `<thead><tr>${head}</tr></thead>\n<tbody>${body}</tbody></table></div>`
  )
}

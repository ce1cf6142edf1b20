/** Tables of results as HTML. */
import { escapeXml } from "../drawing/svg.ts"
import { cellText, shownColumns, type Table } from "../table.ts"

const numeric = (kind: string): boolean => kind !== "text" && kind !== "flag"

/** The first column names the row. */
export const htmlTable = (t: Table): string => {
  const columns = shownColumns(t)
  const head = columns
    .map((c) => `<th scope="col"${numeric(c.kind) ? ' class="n"' : ""}>${escapeXml(c.title)}</th>`)
    .join("")
  const body = t.rows
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
    `<div class="scroll" tabindex="0"><table${t.wrap === true ? ' class="wrap"' : ""}><caption>${escapeXml(t.title)}</caption>` +
    `<thead><tr>${head}</tr></thead>\n<tbody>${body}</tbody></table></div>`
  )
}

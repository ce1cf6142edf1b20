/** A page that is no report on traces: a heading, a table, notes and figures, in the same style and as self-contained. */
import { escapeXml } from "../drawing/svg.ts"
import type { Figure } from "../figure.ts"
import { figureWidth, themed } from "../theme.ts"
import { htmlFile } from "./page.ts"

export interface Article {
  readonly title: string
  readonly lead: string
  readonly table: { readonly head: ReadonlyArray<string>; readonly rows: ReadonlyArray<ReadonlyArray<string>> }
  /** Columns from this one on hold numbers. */
  readonly numbersFrom: number
  readonly notes: ReadonlyArray<string>
  readonly figures: ReadonlyArray<Pick<Figure, "title" | "svg">>
  readonly foot: string
}

const grid = ({ table: { head, rows }, numbersFrom }: Article): string => {
  const kind = (i: number) => (i >= numbersFrom ? ' class="n"' : "")
  // A number keeps its unit on its line.
  const text = (cell: string, i: number) => escapeXml(i >= numbersFrom ? cell.replaceAll(" ", "\u00a0") : cell)
  const titles = head.map((title, i) => `<th scope="col"${kind(i)}>${escapeXml(title)}</th>`).join("")
  const body = rows.map((row) => `<tr>${row.map((cell, i) => `<td${kind(i)}>${text(cell, i)}</td>`).join("")}</tr>`)
  return (
    `<div class="tables"><div class="scroll" tabindex="0"><table class="wrap"><thead><tr>${titles}</tr></thead>\n` +
    `<tbody>${body.join("\n")}</tbody></table></div></div>`
  )
}

/** One HTML file: no script, no request; the same article gives the same bytes. */
export const renderArticle = (article: Article): string => {
  const { title, lead, notes, figures, foot } = article
  const drawn = figures.map(({ title: words, svg }) => {
    const half = Number(/ width="(\d+)"/.exec(svg)?.[1]) <= figureWidth.half ? ' class="half"' : ""
    return `<figure${half}><h3>${escapeXml(words)}</h3><div class="scroll" tabindex="0">${themed(svg)}</div></figure>`
  })
  const body =
    `<article><header class="hero"><div class="page"><h1>${escapeXml(title)}</h1><p class="lead">${escapeXml(lead)}</p></div></header>` +
    `<div class="page"><section>${grid(article)}<ul class="notes">${notes.map((note) => `<li>${escapeXml(note)}</li>`).join("")}</ul>` +
    `<div class="figures">${drawn.join("\n")}</div><p class="caption">${escapeXml(foot)}</p></section></div></article>`
  return htmlFile(title, body)
}

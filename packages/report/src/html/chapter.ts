/** One trace's part of the page. */
import type { Chapter, Section } from "../chapter.ts"
import { escapeXml } from "../drawing/svg.ts"
import type { Figure } from "../figure.ts"
import { figureWidth, themed } from "../theme.ts"
import { htmlTable } from "./table.ts"

/** Natural width in pixels, as the SVG says it. */
const widthOf = ({ svg }: Figure): number => Number(/ width="(\d+)"/.exec(svg)?.[1])

const figure = (f: Figure, anchor: string): string =>
  `<figure id="${anchor}-${f.id}"${widthOf(f) <= figureWidth.half ? ' class="half"' : ""}>` +
  `<h3>${escapeXml(f.title)}</h3><div class="scroll" tabindex="0">${themed(f.svg)}</div>` +
  `<figcaption><p class="caption">${escapeXml(f.caption)}</p></figcaption></figure>`

const section = ({ id, title, lead, figures, tables }: Section, anchor: string): string => {
  const shown = tables.map((t) =>
    t.open ? htmlTable(t) : `<details><summary>${escapeXml(t.title)}</summary>${htmlTable(t)}</details>`
  )
  return (
    `<section id="${anchor}-${id}" aria-labelledby="${anchor}-${id}-title"><h2 id="${anchor}-${id}-title">${escapeXml(title)}</h2><p class="lead">${escapeXml(lead)}</p>\n` +
    (figures.length === 0 ? "" : `<div class="figures">${figures.map((f) => figure(f, anchor)).join("\n")}</div>\n`) +
    (shown.length === 0 ? "" : `<div class="tables">${shown.join("\n")}</div>`) +
    "</section>"
  )
}

const unmeasured = ({ notMeasured }: Chapter, anchor: string): string =>
  notMeasured.length === 0
    ? ""
    : `<section id="${anchor}-not-measured"><h2>What could not be measured, and why</h2><ul class="notes">${notMeasured
        .map(({ what, why }) => `<li><b>${escapeXml(what)}:</b> ${escapeXml(why)}</li>`)
        .join("")}</ul></section>`

const provenance = ({ origins, metrics }: Chapter, anchor: string): string => {
  const lines = origins
    .filter((o) => o.block !== true)
    .map(({ name, value }) => `<dt>${escapeXml(name)}</dt><dd>${escapeXml(value)}</dd>`)
  const blocks = origins
    .filter((o) => o.block === true)
    .map(({ name, value }) => `<details><summary>${escapeXml(name)}</summary><pre>${escapeXml(value)}</pre></details>`)
  const rows = metrics.map(
    ({ title, unit, definition }) =>
      `<tr><th scope="row">${escapeXml(title)}</th><td>${escapeXml(unit === "1" ? "" : unit)}</td><td>${escapeXml(definition)}</td></tr>`
  )
  const definitions =
    `<div class="tables"><div class="scroll" tabindex="0"><table class="wrap"><caption>Definitions of the metrics</caption><thead><tr>` +
    `<th scope="col">Metric</th><th scope="col">Unit</th><th scope="col">Definition</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div></div>`
  return (
    `<section id="${anchor}-provenance"><h2>Provenance</h2><p class="lead">The same trace, seed, machine and version give the same bytes.</p>` +
    `<dl class="origins">${lines.join("\n")}</dl>${blocks.join("\n")}${rows.length === 0 ? "" : definitions}</section>`
  )
}

const hero = (chapter: Chapter, anchor: string, level: "h1" | "h2"): string => {
  const { subject, message, facts, headlines, sections, notMeasured } = chapter
  const links = [
    ...sections.map((s) => ({ id: s.id, title: s.title })),
    ...(notMeasured.length > 0 ? [{ id: "not-measured", title: "Not measured" }] : []),
    { id: "provenance", title: "Provenance" }
  ].map(({ id, title }) => `<li><a href="#${anchor}-${id}">${escapeXml(title)}</a></li>`)
  const figures = headlines.map(
    ({ value, label, detail }) =>
      `<div><dt><span class="value">${escapeXml(value)}</span><span class="label">${escapeXml(label)}</span></dt><dd>${escapeXml(detail)}</dd></div>`
  )
  const title = `<${level}${level === "h2" ? ' class="h1"' : ""}>${escapeXml(message)}</${level}>`
  return (
    `<header class="hero"><div class="page"><p class="kicker"><b>Moira</b> report on ${escapeXml(subject.title)}</p>${title}` +
    `<ul class="facts">${facts.map((fact) => `<li>${escapeXml(fact)}</li>`).join("")}</ul>` +
    (figures.length === 0 ? "" : `<dl class="headlines">${figures.join("\n")}</dl>`) +
    `<nav aria-label="Sections on ${escapeXml(subject.title)}"><ul>${links.join("")}</ul></nav></div></header>`
  )
}

/** `anchor` starts every id of the chapter; `level` is that of its title. */
export const htmlChapter = (chapter: Chapter, anchor: string, level: "h1" | "h2"): string => {
  const warnings =
    chapter.warnings.length === 0
      ? ""
      : `<aside class="warning"><p>Warnings</p><ul>${chapter.warnings.map((w) => `<li>${escapeXml(w)}</li>`).join("")}</ul></aside>`
  return (
    `<article id="${anchor}">${hero(chapter, anchor, level)}<div class="page">${warnings}` +
    `${chapter.sections.map((s) => section(s, anchor)).join("\n")}${unmeasured(chapter, anchor)}${provenance(chapter, anchor)}</div></article>`
  )
}

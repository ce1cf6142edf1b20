/** The report as Markdown: tables and headline text, with links to the SVG files of its figures. */
import { version } from "@moira/core"
import type { ReportOptions } from "./reported-kind.ts"
import { type Chapter, chaptersOf, figureName, subjectCount } from "./chapter.ts"
import type { Documents } from "./subject.ts"
import { cellText, shownColumns, type Table } from "./table.ts"

/** Text that stays text: no markup of Markdown or HTML, no line break. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\s+/g, (space) => (space === "\u00a0" ? space : " "))
    .replaceAll(/[\\`*_[\]|#~]/g, (c) => `\\${c}`)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")

const grid = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  right: ReadonlyArray<boolean>
): string =>
  [
    `| ${head.map(escaped).join(" | ")} |`,
    `| ${right.map((r) => (r ? "---:" : "---")).join(" | ")} |`,
    ...rows.map((row) => `| ${row.map(escaped).join(" | ")} |`)
  ].join("\n")

const tableText = (t: Table): string => {
  const columns = shownColumns(t)
  return `**${escaped(t.title)}**\n\n${grid(
    columns.map((c) => c.title),
    t.rows.map((row) => columns.map((c) => cellText(row[c.index] ?? null, c.kind))),
    columns.map((c) => c.kind !== "text" && c.kind !== "flag")
  )}`
}

const chapterText = (chapter: Chapter, several: boolean): string => {
  const { subject, message, facts, headlines, sections, warnings, notMeasured, origins, metrics } = chapter
  const top = several ? "##" : "#"
  const heading = (title: string) => `${top}# ${title}`
  return [
    `${top} ${escaped(message)}`,
    facts.map(escaped).join(" · "),
    headlines.map((h) => `- **${escaped(h.value)}** ${escaped(h.label)}: ${escaped(h.detail)}`).join("\n"),
    ...(warnings.length === 0 ? [] : [warnings.map((w) => `> Warning: ${escaped(w)}`).join("\n>\n")]),
    ...sections.flatMap(({ title, lead, figures, tables }) => [
      heading(title),
      escaped(lead),
      ...figures.map(
        (f) =>
          `![${escaped(f.title)}](figures/${figureName(subject, f, several)}.svg)\n\n*${escaped(f.title)}.* ${escaped(f.caption)}`
      ),
      ...tables.filter((t) => t.open).map(tableText)
    ]),
    ...(notMeasured.length === 0
      ? []
      : [
          heading("What could not be measured, and why"),
          notMeasured.map(({ what, why }) => `- **${escaped(what)}**: ${escaped(why)}`).join("\n")
        ]),
    heading("Provenance"),
    grid(
      ["What", "Value"],
      origins.map(({ name, value }) => [name, value]),
      [false, false]
    ),
    grid(
      ["Metric", "Unit", "Definition"],
      metrics.map(({ title, unit, definition }) => [title, unit === "1" ? "" : unit, definition]),
      [false, false, false]
    )
  ]
    .filter((part) => part !== "")
    .join("\n\n")
}

export const renderMarkdown = (documents: Documents, options: ReportOptions): string => {
  const chapters = chaptersOf(documents, options)
  const several = chapters.length > 1
  return [
    ...(several ? [`# Moira report on ${subjectCount(chapters)}`] : []),
    ...chapters.map((chapter) => chapterText(chapter, several)),
    `Made by Moira ${version}.\n`
  ].join("\n\n")
}

/** The whole report as one HTML file that asks for nothing else: no script, no font, no request. */
import { version } from "@moira/core"
import { type Chapter, chaptersOf, subjectCount } from "../chapter.ts"
import type { ReportOptions } from "../reported-kind.ts"
import type { Documents } from "../subject.ts"
import { escapeXml } from "../drawing/svg.ts"
import { htmlChapter } from "./chapter.ts"
import { style } from "./style.ts"

/** Nothing may be loaded; styles and pictures are in the file. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

/** Opens a report on several traces: one line each. */
const overview = (chapters: ReadonlyArray<Chapter>): string =>
  `<header class="hero"><div class="page"><p class="kicker"><b>Moira</b></p><h1>Report on ${subjectCount(chapters)}</h1>` +
  `<ul class="notes">${chapters
    .map(({ subject, message }) => `<li><a href="#${subject.slug}">${escapeXml(message)}</a></li>`)
    .join("")}</ul></div></header>`

/** A whole file around a body that is HTML already. */
export const htmlFile = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="generator" content="Moira ${escapeXml(version)}">
<title>${escapeXml(title)}</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#report">Skip to the report</a>
<main id="report">
${body}
</main>
<footer class="page">Made by Moira ${escapeXml(version)}. The same result documents give the same bytes.</footer>
</body>
</html>
`

export const renderHtml = (documents: Documents, options: ReportOptions): string => {
  const chapters = chaptersOf(documents, options)
  const several = chapters.length > 1
  const title = several ? `Moira report on ${subjectCount(chapters)}` : (chapters[0]?.message ?? "Moira report")
  const body = chapters.map((chapter) => htmlChapter(chapter, chapter.subject.slug, several ? "h2" : "h1"))
  return htmlFile(title, `${several ? overview(chapters) : ""}\n${body.join("\n")}`)
}

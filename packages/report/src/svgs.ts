/** Every figure as its own SVG file. */
import { drawFigures } from "./arranged.ts"
import { figureName } from "./chapter.ts"
import type { ReportOptions } from "./reported-kind.ts"
import { type Documents, subjectsOf } from "./subject.ts"

/** File names and their text. */
export const renderSvgs = (documents: Documents, { kinds }: ReportOptions): ReadonlyMap<string, string> => {
  const subjects = subjectsOf(documents, kinds)
  return new Map(
    subjects.flatMap((subject) =>
      drawFigures(subject.evidence, kinds).map(
        (figure) => [`${figureName(subject, figure, subjects.length > 1)}.svg`, figure.svg] as const
      )
    )
  )
}

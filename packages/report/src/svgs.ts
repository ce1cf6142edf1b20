/** Every figure as its own SVG file. */
import type { ResultDocument } from "@moira/results"
import { drawFigures } from "./arranged.ts"
import { figureName } from "./chapter.ts"
import type { ReportOptions } from "./reported-kind.ts"
import { subjectsOf } from "./subject.ts"

/** File names and their text. */
export const renderSvgs = (
  documents: ReadonlyArray<ResultDocument>,
  { kinds }: ReportOptions
): ReadonlyMap<string, string> => {
  const subjects = subjectsOf(documents, kinds)
  return new Map(
    subjects.flatMap((subject) =>
      drawFigures(subject.evidence, kinds).map(
        (figure) => [`${figureName(subject, figure, subjects.length > 1)}.svg`, figure.svg] as const
      )
    )
  )
}

/** Every figure as its own SVG file. */
import type { ResultDocument } from "@moira/results"
import { figureName } from "./chapter.ts"
import { subjectsOf } from "./evidence.ts"
import { drawFigures } from "./figures/index.ts"

/** File names and their text. */
export const renderSvgs = (documents: ReadonlyArray<ResultDocument>): ReadonlyMap<string, string> => {
  const subjects = subjectsOf(documents)
  return new Map(
    subjects.flatMap((subject) =>
      drawFigures(subject.documents).map(
        (figure) => [`${figureName(subject, figure, subjects.length > 1)}.svg`, figure.svg] as const
      )
    )
  )
}

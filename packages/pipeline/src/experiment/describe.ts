/** What a result says of how it was made: the document of its point without what no byte depends on. */
import { given } from "@moira/core"
import type { ResultDocument } from "@moira/results"
import type { PreparedPoint } from "./kinds/kind.ts"
import type { ExperimentDocument } from "./schema.ts"

/** Stages that decide how work is done, not what comes out. */
const indifferent = new Set(["runner", "reporter", "source"])

/** Fields that say what to do with results, or that are told in another way. */
const aside = new Set(["title", "draw", "axes", "seeds", "trace", "stages"])

/**
 * The part of a point's document that its result depends on, for `moira verify`. The trace is named by its content; a twin
 * by its parameters too, since they make it again. Digests are of the files that the document names.
 */
export const describePoint = (
  document: ExperimentDocument,
  contentSha256: string,
  { files, described = {} }: Pick<PreparedPoint, "files" | "described">
): Readonly<Record<string, unknown>> => {
  const { trace, stages = {} } = document
  const chosen = Object.fromEntries(Object.entries(stages).filter(([stage]) => !indifferent.has(stage)))
  return {
    ...Object.fromEntries(Object.entries(document).filter(([field]) => !aside.has(field))),
    ...described,
    ...(Object.keys(chosen).length === 0 ? {} : { stages: chosen }),
    trace: { ...given({ twin: trace.twin }), contentSha256 },
    ...(Object.keys(files).length === 0 ? {} : { files })
  }
}

/** A result document with what it says of how it was made. */
export const describedBy = <D extends ResultDocument>(
  document: D,
  experiment: Readonly<Record<string, unknown>>
): D => ({
  ...document,
  experiment
})

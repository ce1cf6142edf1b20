/** Why an experiment document is refused, told by the path in it. */
import { taggedProblem } from "@moira/core"

/**
 * `NotReadable`: no YAML or JSON. `NotAnExperiment`: another schema or no known run. `BadValue`, `UnknownField`: told by its
 * path in the document. `NoSuchField`: of an axis or of `--set`. `AxisTwice`: two axes over one field. `TooManyPoints`.
 * `OtherTrace`, `OtherFile`, `OtherPlugin`: the content is not what the document says. `NotDescribed`: nothing says how to run
 * it again. `Changed`: somebody edited a result. `NotSame`: what is run again gives other bytes.
 */
export class ExperimentError extends taggedProblem("ExperimentError", [
  "NotReadable",
  "NotAnExperiment",
  "BadValue",
  "UnknownField",
  "NoSuchField",
  "AxisTwice",
  "TooManyPoints",
  "OtherTrace",
  "OtherFile",
  "OtherPlugin",
  "Changed",
  "NotSame",
  "NotDescribed",
  "NotWritable",
  "OtherExperiment",
  "PointFailed"
]) {}

/** A path as people write it: `axes[1].field`. */
export const pathText = (path: ReadonlyArray<PropertyKey>): string =>
  path
    .map((part, i) =>
      typeof part === "number" || /^\d+$/.test(String(part))
        ? `[${String(part)}]`
        : `${i === 0 ? "" : "."}${String(part)}`
    )
    .join("")

/** The same error told from another place. */
export const relocated = (error: ExperimentError, where: string, what = error.what): ExperimentError =>
  new ExperimentError({ reason: error.reason, where, what, hint: error.hint })

/** `--set FIELD=VALUE` of an experiment: one field of the document replaced. */
import { Effect } from "effect"
import { designOf } from "./axes.ts"
import { decodeExperiment } from "./decode.ts"
import { ExperimentError } from "./error.ts"
import { fieldName, fieldPath, withValue } from "./fields.ts"
import type { ExperimentDocument } from "./schema.ts"

/** A list, number or truth value as JSON tells it; anything else is a word. */
const valueOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The document with fields replaced, each given as `FIELD=VALUE`; a field that varies cannot be. */
export const overridden = Effect.fn("experiment.override")(function* (
  document: ExperimentDocument,
  changes: ReadonlyArray<string>,
  name = "experiment"
) {
  if (changes.length === 0) return document
  const { fields } = yield* Effect.fromResult(designOf(document))
  let changed: unknown = document
  for (const change of changes) {
    const cut = change.indexOf("=")
    const [field, text] = [change.slice(0, Math.max(0, cut)), change.slice(cut + 1)]
    const where = `--set ${change}`
    if (cut < 1 || text === "")
      return yield* new ExperimentError({
        reason: "BadValue",
        where,
        what: "no FIELD=VALUE",
        hint: "for example --set machine.units=64"
      })
    const path = yield* Effect.fromResult(fieldPath(document.run, field, where))
    if (fields.includes(fieldName(path)))
      return yield* new ExperimentError({
        reason: "AxisTwice",
        where,
        what: `${fieldName(path)} varies already by an axis of ${name}`,
        hint: "change the axis in the document"
      })
    changed = withValue(changed, path, valueOf(text))
  }
  return yield* Effect.fromResult(decodeExperiment(name, changed))
})

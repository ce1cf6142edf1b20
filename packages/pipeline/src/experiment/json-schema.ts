/** The JSON Schema of experiment documents, for editors: made from the schemas that read them. */
import { Schema } from "effect"
import { ExperimentDocument } from "./schema.ts"

/** Draft 2020-12, one document with its definitions; an unknown field is an error in it as it is when a document is read. */
export const experimentJsonSchema = (): Readonly<Record<string, unknown>> => {
  const { schema, definitions } = Schema.toJsonSchemaDocument(ExperimentDocument, { onExcessProperty: "error" })
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Moira experiment",
    description: "What is run on which trace and machine, with which plug-ins, and what varies: moira-experiment/1",
    ...schema,
    ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions })
  }
}

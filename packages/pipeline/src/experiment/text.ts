/** An experiment document as people keep it. */
import { stringify } from "yaml"
import type { ExperimentDocument } from "./schema.ts"

/** Where an installed package keeps the schema that editors check documents with. */
const schemaComment = "# yaml-language-server: $schema=./node_modules/@moira/pipeline/schema/experiment.json"

/** YAML with a comment that tells editors the schema. */
export const experimentText = (document: ExperimentDocument): string =>
  `${schemaComment}\n${stringify(document, { lineWidth: 110 })}`

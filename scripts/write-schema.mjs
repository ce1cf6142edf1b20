// Writes the JSON Schema of experiment documents, which editors complete and check them by; --check compares what it says instead.
import * as fs from "node:fs"
import { isDeepStrictEqual } from "node:util"
import { experimentJsonSchema } from "../packages/pipeline/src/experiment/json-schema.ts"

const file = new URL("../packages/pipeline/schema/experiment.json", import.meta.url)
const text = JSON.stringify(experimentJsonSchema(), null, 2)

if (!process.argv.includes("--check")) fs.writeFileSync(file, `${text}\n`)
else if (!isDeepStrictEqual(JSON.parse(fs.readFileSync(file, "utf8")), JSON.parse(text))) {
  console.error("packages/pipeline/schema/experiment.json is out of date: node scripts/write-schema.mjs, then oxfmt")
  process.exit(1)
}

// Writes the JSON Schema of experiment documents, which editors complete and check them by; --check compares instead.
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { experimentJsonSchema } from "../packages/pipeline/src/experiment/json-schema.ts"

const file = fileURLToPath(new URL("../packages/pipeline/schema/experiment.json", import.meta.url))
const text = `${JSON.stringify(experimentJsonSchema(), null, 2)}\n`

if (process.argv.includes("--check")) {
  if (!fs.existsSync(file) || fs.readFileSync(file, "utf8") !== text) {
    console.error(
      "packages/pipeline/schema/experiment.json is not what the schemas give: node scripts/write-schema.mjs"
    )
    process.exit(1)
  }
} else {
  fs.mkdirSync(new URL(".", `file://${file}`), { recursive: true })
  fs.writeFileSync(file, text)
}

import { library } from "@moira/tsup-config"

// Formats are found in their folder at run time, and threads import the last three: each is an entry of its own.
export default library({
  entry: [
    "src/index.ts",
    "src/testing.ts",
    "src/formats/*.ts",
    "src/counts/formats/*.ts",
    "src/decoders/*.ts",
    "src/ingest/worker.ts",
    "src/patterns/open-decoder.ts"
  ]
})

import { library } from "@moira/tsup-config"

// Formats are found in their folder at run time, and threads import decoders: each is an entry of its own.
export default library({
  entry: [
    "src/index.ts",
    "src/testing.ts",
    "src/codecs.ts",
    "src/parts.ts",
    "src/formats/*/index.ts",
    "src/formats/*/decoder.ts",
    "src/counts/*.ts",
    "src/engine/segment-task.ts"
  ]
})

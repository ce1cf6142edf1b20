import { library } from "@moira/tsup-config"

// Formats are found in their folder at run time, so each is an entry of its own.
export default library({ entry: ["src/index.ts", "src/testing.ts", "src/formats/*.ts"] })

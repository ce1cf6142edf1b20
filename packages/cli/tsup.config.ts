import { library } from "@moira/tsup-config"

export default library({
  entry: [
    "src/index.ts",
    "src/bin.ts",
    "src/backends/*.ts",
    "src/reproduce/experiments/*.ts",
    "src/pipeline/accumulators.ts"
  ]
})

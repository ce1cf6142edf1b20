import { library } from "@moira/tsup-config"

export default library({
  entry: ["src/index.ts", "src/testing.ts", "src/optimizers/*.ts", "src/optimizers/*/index.ts", "src/exporters/*.ts"]
})

import { library } from "@moira/tsup-config"

export default library({
  entry: ["src/index.ts", "src/pages.ts", "src/testing.ts", "src/experiments/*.ts", "src/kind/index.ts"]
})

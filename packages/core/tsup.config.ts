import { library } from "@moira/tsup-config"

export default library({
  entry: ["src/index.ts", "src/node.ts", "src/statistics.ts", "src/testing.ts", "src/thread.ts"]
})

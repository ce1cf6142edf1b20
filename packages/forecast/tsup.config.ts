import { library } from "@moira/tsup-config"

export default library({
  entry: ["src/index.ts", "src/testing.ts", "src/evaluation/judge-task.ts", "src/predictors/*.ts"]
})

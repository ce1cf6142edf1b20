import { library } from "@moira/tsup-config"

export default library({ entry: ["src/index.ts", "src/testing.ts", "src/run/point-task.ts", "src/strategies/*.ts"] })

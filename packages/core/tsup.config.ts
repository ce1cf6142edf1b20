import { library } from "@moira/tsup-config"

export default library({
  entry: [
    "src/index.ts",
    "src/node.ts",
    "src/node/watchdog.ts",
    "src/node/worker.ts",
    "src/runners/*.ts",
    "src/statistics.ts",
    "src/testing.ts",
    "src/testing/trial-task.ts",
    "src/thread.ts"
  ]
})

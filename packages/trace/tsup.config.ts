import { library } from "@moira/tsup-config"

export default library({
  entry: {
    index: "src/index.ts",
    testing: "src/testing.ts",
    worker: "src/worker.ts",
    "kernels/index": "src/kernels/index.ts",
    "parallel/worker": "src/parallel/worker.ts"
  }
})

import { library } from "@moira/tsup-config"

export default library({
  entry: {
    index: "src/index.ts",
    node: "src/node.ts",
    segments: "src/segments.ts",
    testing: "src/testing.ts",
    "kernels/index": "src/kernels/index.ts",
    "layers-task": "src/layers-task.ts",
    "node/opener": "src/node/opener.ts"
  }
})

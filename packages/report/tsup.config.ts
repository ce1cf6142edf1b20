import { library } from "@moira/tsup-config"

export default library({
  entry: [
    "src/index.ts",
    "src/node.ts",
    "src/testing.ts",
    "src/drawing.ts",
    "src/reporters/*.ts",
    "src/kinds/*/index.ts",
    "src/kinds/insights/judge.ts"
  ]
})

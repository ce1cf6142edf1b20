import { library } from "@moira/tsup-config"

export default library({
  entry: ["src/index.ts", "src/node.ts", "src/place/draw-task.ts", "src/place/step-task.ts", "src/place/layers-task.ts"]
})

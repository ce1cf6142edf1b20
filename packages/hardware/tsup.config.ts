import { library } from "@moira/tsup-config"

export default library({ entry: ["src/index.ts", "src/testing.ts", "src/calibration.ts", "src/networks/*.ts"] })

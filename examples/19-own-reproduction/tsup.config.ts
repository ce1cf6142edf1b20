import { library } from "@moira/tsup-config"

export default library()

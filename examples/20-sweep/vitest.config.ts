import { project } from "@moira/vitest-config"

export default project({ test: { name: "example 20" } })

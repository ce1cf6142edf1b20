import { project } from "@moira/vitest-config"

export default project({ test: { name: "example 05", testTimeout: 60_000 } })

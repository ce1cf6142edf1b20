import { project } from "@moira/vitest-config"

// Its tests start processes, which takes seconds on a busy machine.
export default project({ test: { name: "cli" } })

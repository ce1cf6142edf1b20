/** The conformance kit for authors of commands: `commandConformance(name, command, calls)` is the whole test file. */
export { type CommandCalls, commandChecks, commandConformance } from "./testing/command-checks.ts"

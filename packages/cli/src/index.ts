/** The moira command as a library: the program for some arguments, and what a command is. */
export type { MoiraCommand } from "./command.ts"
export { run } from "./main.ts"

/** The moira command as a library: the program for some arguments. */
export { run } from "./main.ts"

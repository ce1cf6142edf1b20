/** The moira command as a library: its commands' pipelines, and the program for some arguments. */
export { app } from "./app.ts"
export { run } from "./main.ts"

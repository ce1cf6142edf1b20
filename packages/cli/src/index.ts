/** The moira command as a library: its commands' pipelines, and the program for some arguments. */
export { app } from "./app.ts"
export { cliBackends, findMachine, type NamedMachine } from "./machine.ts"
export { run } from "./main.ts"
export { analyse, type AnalyseOptions } from "./pipeline/analyse.ts"
export { makePoints, simulateAll, type SimulateRequest } from "./pipeline/simulate.ts"

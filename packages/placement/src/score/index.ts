/** What placements are worth: pure functions of a placement, a machine and traffic. */
export * from "./balances.ts"
export * from "./bootstrap.ts"
export * from "./migration.ts"
export * from "./score.ts"
export * from "./traffic.ts"
export * from "./traffic-files.ts"

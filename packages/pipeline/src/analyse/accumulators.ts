/** The accumulators of `moira analyze`, as a module of their own that worker threads import. */
export { spatial } from "@moira/spatial"
export { temporal } from "@moira/temporal"

/** Opens a store directory where a thread imports this module; see `TraceOpener`. */
export { storeLayer as default } from "./parquet-store.ts"

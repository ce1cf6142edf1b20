/** What worker threads import: plain code without Effect, which would take longer to load than many jobs take. */
export { choosableIds, moeLayers } from "./moe-layers.ts"
export { flushDirectory, writeFileAtomic } from "./node/atomic-file.ts"

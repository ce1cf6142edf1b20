/** Stores on disk: Parquet and a manifest, counts beside it, and stores out of segments. */
export { openCounts } from "./node/counts/open-counts.ts"
export { isCountsStore, writeCounts } from "./node/counts/write-counts.ts"
export { mergeStores } from "./node/merge.ts"
export { openStore, storeLayer } from "./node/parquet-store.ts"
export { type Repeats, repeatsModes } from "./node/repeats/mark-repeats.ts"
export { storeOfSegments } from "./node/segment-store.ts"
export { writeStore } from "./node/store-writer.ts"
export { workDirectory, type WorkDirectory, workPath } from "./node/work-directory.ts"

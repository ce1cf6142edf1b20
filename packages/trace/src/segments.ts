/** What worker threads need to write traces: all of it plain code, so that a thread starts in little time. */
export { Contradiction, type StoredModel } from "./node/request-check.ts"
export { findSegment, type SegmentIndex, segmentVersion, SegmentWriter, type SkippedSource } from "./node/segment.ts"
export { missingExpert } from "./selections.ts"

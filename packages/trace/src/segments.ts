/** What worker threads need to write traces: all of it plain code, so that a thread starts in little time. */
export {
  dropSegment,
  findSegment,
  segmentData,
  type SegmentIndex,
  segmentVersion,
  SegmentWriter,
  type SkippedSource
} from "./node/segment.ts"
export { Contradiction, type StoredModel } from "./node/request-check.ts"
export { missingExpert, type TraceRequest } from "./selections.ts"

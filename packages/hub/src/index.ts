/** Downloads of published traces that go on where they stopped. */
export { type HubApi, type HubBody, type HubFile, type HubFolder, type Resume } from "./contract.ts"
export { type Checksum } from "./digest.ts"
export { HubError, type HubReason } from "./error.ts"
export { type Fetched, type FetchOptions, fetchTraces, studyTraces } from "./fetch-traces.ts"
export { Hub } from "./hub.ts"
export { HubRetries, type RetryPolicy } from "./retry.ts"

/** Downloads of published traces that go on where they stopped. */
export { HubError } from "./error.ts"
export { type Fetched, type FetchOptions, fetchTraces, studyTraces } from "./fetch-traces.ts"
export { Hub } from "./hub.ts"
export { HubRetries } from "./retry.ts"

/**
 * What authors of formats put together: the format itself, the files below the paths that a user gave, whose trace they are,
 * and ids from a recorder's order to a request's; of counts, workloads from files. `@moira/ingest/codecs` reads the containers.
 */
export type { CountsArray } from "./counts/parts/json-scan.ts"
export { oneFileEach } from "./counts/parts/workloads.ts"
export { contentError } from "./fault/content-error.ts"
export { besideFault } from "./fault/content-fault.ts"
export { defineFormat, type FormatParts } from "./parts/define-format.ts"
export { labelsOf } from "./parts/labels.ts"
export { byLayer, byToken, layerMajor, type StridedIds } from "./parts/layer-major.ts"
export { layersOf, placesByNumber } from "./parts/layers.ts"
export { inFillOrder, labelFile, type LabelledFile } from "./parts/layout.ts"
export { listFiles } from "./parts/list-files.ts"
export { modelFor } from "./parts/model-by-shape.ts"
export { modelOf } from "./parts/model-of.ts"
export { stridedOf } from "./parts/npy-ids.ts"

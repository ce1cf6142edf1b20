/**
 * What authors of formats put together: the format itself, the files below the paths that a user gave, whose trace they are,
 * and ids from a recorder's order to a request's; of counts, workloads from files. `@moira/ingest/codecs` reads the containers.
 */
export { defineFormat, type FormatParts } from "./parts/define-format.ts"
export { decoderOf, type RequestsOf } from "./parts/per-file.ts"
export { type Item, requestStream } from "./parts/stream.ts"

export { listFiles } from "./parts/list-files.ts"
export { inFillOrder, labelFile, type LabelledFile } from "./parts/layout.ts"
export { benchmarkLanguage, fillRank } from "./parts/benchmarks.ts"
export { labelsOf } from "./parts/labels.ts"

export { modelFor, type SeenShape } from "./parts/model-by-shape.ts"
export { modelOf } from "./parts/model-of.ts"

export { byLayer, byToken, type DenseIds, layerMajor, type StridedIds } from "./parts/layer-major.ts"
export { type LayerPlaces, layersOf, placesByCount, placesByNumber } from "./parts/layers.ts"
export { stridedOf } from "./parts/npy-ids.ts"

export type { CountsArray } from "./counts/parts/json-scan.ts"
export { oneFileEach } from "./counts/parts/workloads.ts"

export { contentError } from "./fault/content-error.ts"
export { besideFault, ContentFault, type ContentReason, FileFault, inFile } from "./fault/content-fault.ts"
export { fileProblem, IngestError, type IngestReason } from "./fault/error.ts"

/**
 * Readers of the containers that recorders write, for authors of formats: strict, bounded in memory, without Effect, so that
 * threads start fast. Each throws `ContentFault`, which knows its place in the file but not the file.
 */
export { withByteSource } from "./codecs/bytes/byte-source.ts"
export { GrowingIds } from "./codecs/bytes/growing-ids.ts"
export { maxHeldBytes, readBounded } from "./codecs/bytes/read-bounded.ts"
export { digestOf } from "./codecs/bytes/digest.ts"
export { sha256 } from "./codecs/bytes/sha256.ts"
export { documentsOf, withLine } from "./codecs/json-lines/documents.ts"
export { firstOf, linesOf } from "./codecs/json-lines/lines.ts"
export { readBase64 } from "./codecs/json/base64.ts"
export { JsonCursor } from "./codecs/json/cursor.ts"
export { readIdRows } from "./codecs/json/id-rows.ts"
export { isIntegerType, isNpy, readNpy } from "./codecs/npy/npy.ts"
export { openNpz } from "./codecs/npy/npz.ts"
export { openTorch, tensorOf } from "./codecs/pickle/torch-file.ts"
export { readSafetensorsHeader } from "./codecs/safetensors/safetensors.ts"
export { isZip, unzip, zipMembers } from "./codecs/zip/zip.ts"
export { ContentFault } from "./fault/content-fault.ts"

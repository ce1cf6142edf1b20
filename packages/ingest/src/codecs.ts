/**
 * Readers of the containers that recorders write, for authors of formats: strict, bounded in memory, without Effect, so that
 * threads start fast. Each throws `ContentFault`, which knows its place in the file but not the file.
 */
export { ContentFault, type ContentReason } from "./fault/content-fault.ts"

export { bytesInMemory, bytesOfFile, type ByteSource, withByteSource } from "./codecs/bytes/byte-source.ts"
export { readStart } from "./codecs/bytes/file-buffer.ts"
export { GrowingIds } from "./codecs/bytes/growing-ids.ts"
export { mostHeldBytes, readBounded, readPart, withFile } from "./codecs/bytes/read-bounded.ts"
export { sha256 } from "./codecs/bytes/sha256.ts"

export { readBase64 } from "./codecs/json/base64.ts"
export { JsonCursor, type JsonKind } from "./codecs/json/cursor.ts"
export { readIdRow, readIdRows } from "./codecs/json/id-rows.ts"
export { readUsage, takeUsage, type Usage } from "./codecs/json/usage.ts"

export { type Document, documentsOf, isLines, mostDocumentBytes, withLine } from "./codecs/json-lines/documents.ts"
export { firstOf, isBlank, type Line, linesOf } from "./codecs/json-lines/lines.ts"

export {
  isIntegerType,
  isNpy,
  type NpyArray,
  type NpyHeader,
  type NpyType,
  type NpyValues,
  readNpy,
  readNpyHeader
} from "./codecs/npy/npy.ts"
export { type Npz, openNpz } from "./codecs/npy/npz.ts"

export { Global, type Plain, type PlainDict, Storage, Tensor, Tuple } from "./codecs/pickle/plain.ts"
export { openTorch, tensorOf, type TorchFile, torchSample } from "./codecs/pickle/torch-file.ts"
export { unpickle } from "./codecs/pickle/unpickle.ts"

export {
  readSafetensorsHeader,
  type Safetensor,
  safetensorsHeaderBytes,
  type SafetensorType
} from "./codecs/safetensors/safetensors.ts"

export {
  firstMemberName,
  isZip,
  unzip,
  type ZipLimits,
  zipLimits,
  type ZipMember,
  zipMembers
} from "./codecs/zip/zip.ts"

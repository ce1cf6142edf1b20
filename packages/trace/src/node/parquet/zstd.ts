/** Lets hyparquet and hyparquet-writer use Node's zstd. */
import type { Compressors } from "hyparquet"
import * as zlib from "node:zlib"

export const compressors: Compressors = { ZSTD: (input) => zlib.zstdDecompressSync(input) }

export const zstdCompressors = { ZSTD: (input: Uint8Array) => zlib.zstdCompressSync(input) }

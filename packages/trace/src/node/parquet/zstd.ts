/** Node's zstd with sizes that are known beforehand. */
import * as zlib from "node:zlib"
import { BadParquet } from "../../parquet/bad-parquet.ts"

/**
 * Unpacks a page to exactly `bytes` bytes; one that holds more is stopped there, and one that holds less is refused: what
 * a header says must not decide how much memory a page takes. `offset` is where the page is, for the error.
 */
export const unzstd = (body: Uint8Array, bytes: number, offset: number): Uint8Array => {
  try {
    const plain = zlib.zstdDecompressSync(body, { chunkSize: Math.max(64, bytes), maxOutputLength: Math.max(1, bytes) })
    if (plain.length === bytes) return plain
    throw new BadParquet(`a page unpacks to ${plain.length} bytes where it should hold ${bytes}`, offset)
  } catch (cause) {
    if (cause instanceof BadParquet) throw cause
    const more = cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE"
    throw new BadParquet(
      more ? `a page unpacks to more than the ${bytes} bytes that it should hold` : "a page cannot be unpacked",
      offset,
      { cause }
    )
  }
}

/** Digests that tell a file's content from another's: a fast one against accidents, SHA-256 on request. */
import { hash } from "node:crypto"
import { crc32 } from "node:zlib"

export const sourceHashes = ["crc32", "sha256"] as const
export type SourceHash = (typeof sourceHashes)[number]

/** Digest of bytes with its kind, such as `crc32:00c0ffee`. CRC-32 costs a twentieth of SHA-256 and finds every accident but one in 2^32. */
export const digestOf = (bytes: Uint8Array, kind: SourceHash = "crc32"): string =>
  kind === "sha256" ? `sha256:${hash("sha256", bytes)}` : crc32Text(crc32(bytes))

/** A CRC-32 as a digest. */
export const crc32Text = (value: number): string => `crc32:${value.toString(16).padStart(8, "0")}`

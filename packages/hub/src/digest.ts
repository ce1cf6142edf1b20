/** Checksums as the hub gives them: SHA-256 for large files, git's blob SHA-1 for small ones. */
import { createHash, type Hash } from "node:crypto"

export interface Checksum {
  readonly algorithm: "sha256" | "git-sha1"
  /** Lower-case hexadecimal. */
  readonly hex: string
}

/** A running digest of a file of `bytes` bytes; git hashes `blob SIZE\0` before the content. */
export const startDigest = ({ algorithm }: Checksum, bytes: number): Hash =>
  algorithm === "sha256" ? createHash("sha256") : createHash("sha1").update(`blob ${bytes}\0`)

/** The checksum of content at hand. */
export const checksumOf = (algorithm: Checksum["algorithm"], content: Uint8Array): Checksum => ({
  algorithm,
  hex: startDigest({ algorithm, hex: "" }, content.length).update(content).digest("hex")
})

/** SHA-256 of what was read. */
import { hash } from "node:crypto"

/** SHA-256 of bytes, or of selections as little-endian 16-bit ids. */
export const sha256 = (bytes: Uint8Array | Uint16Array): string => hash("sha256", bytes)

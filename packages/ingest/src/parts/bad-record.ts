/** Tells records that were given up from requests; a file of its own, since worker threads load it without Effect. */
import type { BadRecord, Decoded } from "../source.ts"

export const isBadRecord = (decoded: Decoded): decoded is BadRecord => "bad" in decoded

/** Labels of a request from where its file lies. */
import { hash } from "node:crypto"
import type { TraceRequest } from "@moira/trace"
import { type LabelledFile } from "./layout.ts"

/** SHA-256 of bytes, or of selections as little-endian 16-bit ids. */
export const sha256 = (bytes: Uint8Array | Uint16Array): string => hash("sha256", bytes)

export const labelsOf = ({
  benchmark,
  subject,
  language
}: LabelledFile): Pick<TraceRequest, "benchmark" | "subject" | "language"> => ({ benchmark, subject, language })

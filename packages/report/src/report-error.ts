import { problem, problemLine } from "@moira/core"
import { Schema } from "effect"

/** Why a result could not be read or a report not written. */
export class ReportError extends Schema.TaggedError<ReportError>()(
  "ReportError",
  problem(["Unreadable", "NotJson", "NotAResult", "OtherVersion", "NoDocuments", "Conflict", "NotWritable"])
) {
  override get message() {
    return problemLine(this)
  }
}

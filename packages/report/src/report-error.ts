import { taggedProblem } from "@moira/core"

/** Why a result could not be read or a report not written. */
export class ReportError extends taggedProblem("ReportError", [
  "Unreadable",
  "NotJson",
  "NotAResult",
  "OtherVersion",
  "Changed",
  "NoDocuments",
  "Conflict",
  "NotWritable"
]) {}

/** Labels of a request from where its file lies. */
import type { TraceRequest } from "@moira/trace"
import type { LabelledFile } from "./layout.ts"

/** The labels of a file as those of its requests. */
export const labelsOf = ({
  benchmark,
  subject,
  language
}: LabelledFile): Pick<TraceRequest, "benchmark" | "subject" | "language"> => ({ benchmark, subject, language })

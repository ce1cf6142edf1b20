/** The seam to report formats: what a reporter must give, and how one is found. */
import { pluginKind } from "@moira/core"
import type { ResultDocument } from "@moira/results"
import { Predicate } from "effect"
import type { ReportOptions } from "./reported-kind.ts"

/** Version of this contract; `writeReport` refuses a reporter of another. */
export const reporterContract = "report/v1"

export interface Reporter {
  readonly contract: typeof reporterContract
  /** One line for people: what the files are. */
  readonly summary: string
  /**
   * The files of a report, by path relative to its folder with `/` between parts. A pure function: the same documents
   * and kinds give the same bytes. Two reporters may write the same path only with the same content.
   */
  readonly files: (
    documents: ReadonlyArray<ResultDocument>,
    options: ReportOptions
  ) => ReadonlyMap<string, string | Uint8Array>
}

const isReporter = (value: unknown): value is Reporter =>
  Predicate.hasProperty(value, "contract") &&
  value.contract === reporterContract &&
  Predicate.hasProperty(value, "files") &&
  typeof value.files === "function"

/** Built-in formats are the files of `reporters/`; others are packages or paths. */
export const reporterKind = pluginKind<Reporter>({
  name: "reporter",
  title: "report format",
  contract: reporterContract,
  home: "@moira/report/reporters",
  from: import.meta.url,
  is: isReporter
})

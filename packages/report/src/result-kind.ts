/** How kinds of result are found: built-in ones are the folders of `kinds/`, others packages or paths. */
import { pluginKind } from "@moira/core"
import { Predicate, Schema } from "effect"
import { kindFault } from "./checked-kind.ts"
import type { ReportedKind } from "./reported-kind.ts"

export const isReportedKind = (value: unknown): value is ReportedKind =>
  Predicate.hasProperty(value, "contract") &&
  value.contract === "result/v1" &&
  Predicate.hasProperty(value, "schema") &&
  typeof value.schema === "string" &&
  Predicate.hasProperty(value, "document") &&
  Schema.isSchema(value.document) &&
  Predicate.hasProperty(value, "metrics") &&
  value.metrics instanceof Map &&
  kindFault(value) === undefined

/** Why a value that says it is a kind of result is none; undefined of one that is, and of anything else. */
export const reportedKindFault = (value: unknown): string | undefined => {
  if (!Predicate.hasProperty(value, "contract") || value.contract !== "result/v1" || isReportedKind(value))
    return undefined
  if (!Predicate.hasProperty(value, "document") || !Schema.isSchema(value.document)) return "its document is no schema"
  if (!Predicate.hasProperty(value, "metrics") || !(value.metrics instanceof Map)) return "its metrics are no map"
  return kindFault(value) ?? "its schema is no text"
}

export const resultKind = pluginKind<ReportedKind>({
  name: "result",
  title: "kind of result",
  contract: "result/v1",
  home: "@moira/report/kinds",
  from: import.meta.url,
  is: isReportedKind
})

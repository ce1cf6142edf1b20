/** How kinds of result are found: built-in ones are the folders of `kinds/`, others packages or paths. */
import { pluginKind } from "@moira/core"
import { Predicate, Schema } from "effect"
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
  (["sections", "figures", "tables"] as const).every(
    (list) => Predicate.hasProperty(value, list) && Array.isArray(value[list])
  )

export const resultKind = pluginKind<ReportedKind>({
  name: "result",
  title: "kind of result",
  contract: "result/v1",
  home: "@moira/report/kinds",
  from: import.meta.url,
  is: isReportedKind
})

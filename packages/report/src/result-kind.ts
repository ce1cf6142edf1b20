/** How kinds of result are found: built-in ones are the folders of `kinds/`, others packages or paths. */
import type { PluginKind } from "@moira/core"
import { resultContract } from "@moira/results"
import { Predicate, Schema } from "effect"
import type { ReportedKind } from "./reported-kind.ts"

export const isReportedKind = (value: unknown): value is ReportedKind =>
  Predicate.hasProperty(value, "contract") &&
  value.contract === resultContract &&
  Predicate.hasProperty(value, "schema") &&
  typeof value.schema === "string" &&
  Predicate.hasProperty(value, "document") &&
  Schema.isSchema(value.document) &&
  Predicate.hasProperty(value, "metrics") &&
  value.metrics instanceof Map &&
  (["sections", "figures", "tables"] as const).every(
    (list) => Predicate.hasProperty(value, list) && Array.isArray(value[list])
  )

export const resultKind: PluginKind<ReportedKind> = {
  kind: "kind of result",
  folder: new URL("./kinds/", import.meta.url),
  is: isReportedKind
}

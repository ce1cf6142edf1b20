/** What a kind of result from outside tells, looked at where it is asked: who draws a report is not to blame for it. */
import { type Called, calling, isBuiltIn, pluginFault, shown } from "@moira/core"
import { Predicate } from "effect"
import type { InTurn, ReportedKind } from "./reported-kind.ts"

type Test = (value: unknown) => boolean

const isText: Test = (value) => typeof value === "string"
const isList: Test = (value) => Array.isArray(value)

/** Objects whose fields pass a test each. */
const withFields =
  (fields: Readonly<Record<string, Test>>): Test =>
  (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(fields).every(([name, test]) => test((value as Readonly<Record<string, unknown>>)[name]))

const listOf =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every((item) => test(item))

const orNothing =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value)

const isFigure = orNothing(withFields({ id: isText, title: isText, caption: isText, svg: isText }))
const isTable = orNothing(withFields({ id: isText, title: isText, columns: isList, rows: listOf(isList) }))
const areHeadlines = listOf(withFields({ value: isText, label: isText, detail: isText }))
const areObjects = listOf(withFields({}))
const isAbout = orNothing(withFields({ title: isText, facts: listOf(isText) }))

/** A function of a kind whose answers must pass a test; it throws `PluginFault`, which names the kind, where they do not. */
const checked = <F extends (...args: any) => any>(called: Called, at: string, test: Test, tell: F): F =>
  ((...args: ReadonlyArray<unknown>) => {
    const told: unknown = calling(called, at, () => (tell as (...all: ReadonlyArray<unknown>) => unknown)(...args))
    if (calling(called, at, () => test(told))) return told
    throw pluginFault(called, at, { reason: "WrongShape", what: `gives ${shown(told)}, not what a report can tell` })
  }) as F

/** `kind` with checks of all that it tells; Moira's own as they are. */
export const checkedKind = (kind: ReportedKind): ReportedKind => {
  if (isBuiltIn(kind)) return kind
  const called = { kind: "kind of result", plugin: kind, kit: "reportedKindConformance of @moira/report/testing" }
  const turn = <F extends (...args: any) => any>(at: string, test: Test, { order, of }: InTurn<F>): InTurn<F> => ({
    order,
    of: checked(called, at, test, of)
  })
  const { headlines, messages, warnings, notMeasured, origins, metricsShown, about } = kind
  return {
    ...kind,
    figures: kind.figures.map((figure) => ({
      ...figure,
      draw: checked(called, `figure ${figure.id}`, isFigure, (evidence) => figure.draw(evidence))
    })),
    tables: kind.tables.map((table) => ({
      ...table,
      fill: checked(called, `table ${table.id}`, isTable, (evidence) => table.fill(evidence))
    })),
    ...(headlines && { headlines: headlines.map((one) => turn("headlines", areHeadlines, one)) }),
    ...(messages && { messages: messages.map((one) => turn("messages", orNothing(isText), one)) }),
    ...(warnings && { warnings: checked(called, "warnings", listOf(isText), warnings) }),
    ...(notMeasured && { notMeasured: turn("notMeasured", areObjects, notMeasured) }),
    ...(origins && { origins: turn("origins", areObjects, origins) }),
    ...(metricsShown && { metricsShown: checked(called, "metricsShown", listOf(isText), metricsShown) }),
    ...(about && { about: checked(called, "about", isAbout, about) })
  }
}

const functionAt =
  (name: string): Test =>
  (value) =>
    Predicate.hasProperty(value, name) && typeof value[name] === "function"

const isTurn = withFields({ order: Number.isFinite, of: (of) => typeof of === "function" })

/** The lists of a kind, and what each of their items must be. */
const lists: Readonly<Record<string, Test>> = {
  sections: withFields({ id: isText, order: Number.isFinite, title: isText, lead: isText }),
  figures: (value) => withFields({ id: isText, section: isText })(value) && functionAt("draw")(value),
  tables: (value) => withFields({ id: isText, section: isText, place: isText })(value) && functionAt("fill")(value)
}

/** The first part of a kind that a report cannot ask, or undefined. */
export const kindFault = (kind: Readonly<Record<string, unknown>>): string | undefined => {
  if (!Number.isFinite(kind["order"])) return `its order is ${shown(kind["order"])}, not a number`
  for (const [name, test] of Object.entries(lists)) {
    const list = kind[name]
    if (!Array.isArray(list)) return `its ${name} are ${shown(list)}, not a list`
    const i = list.findIndex((item) => !test(item))
    if (i >= 0) return `its ${name}[${i}] is ${shown(list[i])}, which lacks a field`
  }
  for (const name of ["headlines", "messages"] as const)
    if (kind[name] !== undefined && !listOf(isTurn)(kind[name])) return `its ${name} are no list of { order, of }`
  for (const name of ["notMeasured", "origins"] as const)
    if (kind[name] !== undefined && !isTurn(kind[name])) return `its ${name} is not { order, of }`
  for (const name of ["warnings", "metricsShown", "about"] as const)
    if (kind[name] !== undefined && typeof kind[name] !== "function")
      return `its ${name} is ${shown(kind[name])}, not a function`
  return undefined
}

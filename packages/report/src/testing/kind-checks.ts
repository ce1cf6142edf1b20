/** What every kind of result must do in a report, beside what its documents must; named checks over examples. */
import { assert } from "@effect/vitest"
import { type Check, registerChecks } from "@moira/core/testing"
import { type Evidence, evidenceOf, metrics as everyMetric, type ResultDocument } from "@moira/results"
import { Effect } from "effect"
import type { ReportedKind } from "../reported-kind.ts"

export interface KindExamples {
  /** Documents of one subject, of this kind and of others that it reads. */
  readonly documents: ReadonlyArray<ResultDocument>
  /** Words that headlines must name: the batch, the baseline, the machine that their figures are of. */
  readonly named?: ReadonlyArray<string>
}

const check = (name: string, run: () => void): Check => ({ name, run: Effect.sync(run) })

/** What a value that is missing looks like in text. */
const leftover = /\bNaN\b|\bundefined\b|\bInfinity\b|\[object /

const assertText = (text: string, where: string): void => {
  assert.notStrictEqual(text.trim(), "", where)
  assert.notMatch(text, leftover, where)
}

const unique = (ids: ReadonlyArray<string>): void => {
  assert.strictEqual(new Set(ids).size, ids.length, `ids twice in ${ids.join(", ")}`)
}

const headlinesOf = (kind: ReportedKind, evidence: Evidence) => (kind.headlines ?? []).flatMap(({ of }) => of(evidence))

/** Everything that a kind says, as text: to compare, and to see that it says something. */
const told = (kind: ReportedKind, evidence: Evidence): string =>
  JSON.stringify([
    kind.figures.map(({ draw }) => draw(evidence)),
    kind.tables.map(({ fill }) => fill(evidence)),
    headlinesOf(kind, evidence),
    (kind.messages ?? []).map(({ of }) => of(evidence, "a model") ?? null),
    kind.warnings?.(evidence),
    kind.notMeasured?.of(evidence),
    kind.origins?.of(evidence),
    kind.metricsShown?.(evidence),
    kind.about?.(evidence)
  ])

export const reportedKindChecks = (
  kind: ReportedKind,
  { documents, named = [] }: KindExamples
): ReadonlyArray<Check> => {
  const evidence = evidenceOf(documents)
  const nothing = evidenceOf([])
  const sections = new Set(kind.sections.map(({ id }) => id))
  return [
    check("has its figures and tables in sections of its own, each id once", () => {
      unique([...sections])
      unique(kind.figures.map(({ id }) => id))
      unique(kind.tables.map(({ id }) => id))
      for (const { id, title, lead, order } of kind.sections) {
        assert.match(id, /^[a-z][a-z0-9-]*$/)
        assert.isTrue(Number.isFinite(order), id)
        assertText(title, id)
        assertText(lead, id)
      }
      for (const { id, section } of [...kind.figures, ...kind.tables]) assert.isTrue(sections.has(section), id)
      for (const { id } of kind.figures) assert.match(id, /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/)
      for (const { id } of kind.tables) assert.match(id, /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/)
    }),
    check("draws every figure from the examples, with title and caption", () => {
      for (const { id, draw } of kind.figures) {
        const drawn = draw(evidence)
        if (drawn === undefined) return assert.fail(`the examples do not hold what ${id} needs`)
        assert.strictEqual(drawn.id, id)
        assertText(drawn.title, id)
        assertText(drawn.caption, id)
        assert.match(drawn.svg, /^<svg /, id)
        assertText(drawn.svg, id)
        assert.notMatch(drawn.svg, /<script|href="http/, id)
      }
    }),
    check("fills a table from the examples, as many cells a row as columns and no number that is none", () => {
      const filled = kind.tables.flatMap(({ fill }) => fill(evidence) ?? [])
      assert.isAbove(filled.length, 0)
      for (const { id, title, columns, rows } of filled) {
        assertText(title, id)
        unique(columns.map((column) => column.id))
        for (const column of columns) assert.match(column.id, /^[a-z][a-z0-9_]*$/, id)
        for (const row of rows) {
          assert.strictEqual(row.length, columns.length, id)
          for (const cell of row) {
            if (typeof cell === "number") assert.isTrue(Number.isFinite(cell), id)
            if (typeof cell === "string") assert.notMatch(cell, leftover, id)
          }
        }
      }
    }),
    check("has headlines that say what they are, and of what", () => {
      const headlines = headlinesOf(kind, evidence)
      for (const { value, label, detail } of headlines) {
        assertText(value, label)
        assertText(label, value)
        assertText(detail, label)
        assert.isAtMost(value.length, 24, `${value} is no figure`)
      }
      const said = headlines.map(({ label, detail }) => `${label} ${detail}`).join(" ")
      for (const word of named) assert.include(said, word)
    }),
    check("gives metrics that are defined", () => {
      for (const id of kind.metricsShown?.(evidence) ?? []) {
        assert.isTrue(kind.metrics.has(id) || everyMetric.has(id), `${id} is not defined`)
      }
    }),
    check("says nothing of what is not there", () => {
      for (const { id, draw } of kind.figures) assert.isUndefined(draw(nothing), id)
      for (const { id, fill } of kind.tables) assert.isUndefined(fill(nothing), id)
      assert.deepStrictEqual(headlinesOf(kind, nothing), [])
      assert.deepStrictEqual(kind.warnings?.(nothing) ?? [], [])
      assert.deepStrictEqual(kind.notMeasured?.of(nothing) ?? [], [])
      assert.deepStrictEqual(kind.origins?.of(nothing) ?? [], [])
      for (const { of } of kind.messages ?? []) assert.isUndefined(of(nothing, "a model"))
    }),
    check("gives the same again and leaves the documents as they are", () => {
      const before = JSON.stringify(documents)
      assert.strictEqual(told(kind, evidence), told(kind, evidence))
      assert.strictEqual(JSON.stringify(documents), before)
    })
  ]
}

/** Registers the checks of a kind as tests. */
export const reportedKindConformance = (kind: ReportedKind, examples: KindExamples): void =>
  registerChecks(`${kind.id}: chapter`, reportedKindChecks(kind, examples))

/** What `moira check` looks at: stores, result documents, and folders of them. */
import { taggedProblem } from "@moira/core"
import { wasChanged } from "@moira/results"
import { checkStore, isCountsStore, isTraceStore } from "@moira/trace/node"
import { Effect, Predicate } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { readText } from "./read-text.ts"

/** What was asked for is not as it was written, or there is nothing to check. */
export class CheckError extends taggedProblem("CheckError", ["Damaged", "Nothing"]) {}

/** One store or document, and what is wrong with it. */
export interface Checked {
  readonly path: string
  readonly holds: "trace" | "counts" | "result"
  /** `unsealed` where a document carries no digest, so that nothing can be said; `old` for stores that are to be rewritten. */
  readonly state: "right" | "wrong" | "old" | "unsealed"
  /** What was read, for people: `24 requests, 576 row groups`. */
  readonly read: string
  readonly problems: ReadonlyArray<{ readonly where: string; readonly what: string; readonly hint: string }>
}

/** Larger files are no result documents. */
const mostBytes = 2 ** 28

const checkedStore = Effect.fn("cli.checkStore")(function* (store: string) {
  const { holds, requests, read, problems } = yield* checkStore(store)
  const told = holds === "counts" ? `${read} workloads` : `${requests} requests, ${read} row groups`
  const plain = problems.map(({ where, what, hint }) => ({ where, what, hint }))
  const old = problems.some(({ reason }) => reason === "WrongVersion")
  const state = old ? "old" : problems.length === 0 ? "right" : "wrong"
  return { path: store, holds, state, read: old ? "nothing" : told, problems: plain } as const
})

/** A result document of a file; undefined where it is none. A file that is named must be one. */
const checkedDocument = Effect.fn("cli.checkDocument")(function* (file: string, named: boolean) {
  const text = yield* readText(file, {
    what: (words) => `cannot be read: ${words.split(",")[0]}`,
    hint: "give stores, result documents, or folders of them",
    maxBytes: mostBytes
  })
  const of = (state: Checked["state"], read: string, problems: Checked["problems"] = []): Checked => ({
    path: file,
    holds: "result",
    state,
    read,
    problems
  })
  const hint = "compute the result again, or restore the file from a copy"
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const wrong = { where: file, what: "not JSON: it was cut or changed after it was written, or is no result", hint }
    // A file with the name of a result that is none any more, or any other file of a folder.
    return named || text.includes('"moira-') ? of("wrong", "no JSON", [wrong]) : undefined
  }
  const says = (field: string) => Predicate.hasProperty(value, field) && typeof value[field] === "string"
  if (!says("schema") || !says("moira"))
    return named
      ? of("wrong", "no result", [
          { where: file, what: "not a result of Moira", hint: "give a file that a command of Moira wrote" }
        ])
      : undefined
  const { schema } = value as { readonly schema: string }
  if (wasChanged(value))
    return of("wrong", schema, [
      { where: file, what: "it was changed after it was written: its digest is not of what it says", hint }
    ])
  return of(Predicate.hasProperty(value, "digest") ? "right" : "unsealed", schema)
})

const isStore = (place: string): boolean => isCountsStore(place) || isTraceStore(place)

/** A manifest that names no schema any more still makes a directory a store that is wrong, where the tables lie beside it. */
const looksLikeStore = (place: string): boolean =>
  fs.existsSync(path.join(place, "manifest.json")) &&
  ["selections.parquet", "counts.parquet"].some((name) => fs.existsSync(path.join(place, name)))

/** Stores and documents at a path, in the order of their names; other files of folders are passed over. */
export const checkedAt: (
  place: string,
  named?: boolean
) => Effect.Effect<
  ReadonlyArray<Checked>,
  Effect.Error<ReturnType<typeof checkedStore> | ReturnType<typeof checkedDocument>>
> = Effect.fn("cli.checkAt")(function* (place: string, named = true) {
  const stat = fs.statSync(place, { throwIfNoEntry: false })
  if (stat?.isDirectory() === true) {
    if (isStore(place) || looksLikeStore(place)) return [yield* checkedStore(place)]
    const inside = fs
      .readdirSync(place)
      .filter((name) => !name.startsWith("."))
      .toSorted()
    const found = yield* Effect.forEach(inside, (name) => checkedAt(path.join(place, name), false))
    return found.flat()
  }
  if (!named && !(stat?.isFile() === true && place.endsWith(".json") && stat.size <= mostBytes)) return []
  const document = yield* checkedDocument(place, named)
  return document === undefined ? [] : [document]
})

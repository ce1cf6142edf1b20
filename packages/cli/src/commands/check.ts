import { version } from "@moira/core"
import { isOldStore, migrateStore } from "@moira/trace/node"
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { listed } from "../command.ts"
import { common } from "../flags/shared.ts"
import { checkedAt, type Checked, CheckError } from "../inputs/checked.ts"
import { note, print, printJson } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import { table } from "../terminal/table.ts"

const states = { right: "right", wrong: "WRONG", old: "other version", unsealed: "no digest" } as const

const textOf = (all: ReadonlyArray<Checked>): string => {
  const rows = all.map(({ path, holds, read, state }) => [path, holds, read, states[state]])
  const problems = all.flatMap((one) => one.problems.map(({ where, what, hint }) => `${where}: ${what}; hint: ${hint}`))
  return [table(["path", "holds", "read", "state"], rows), ...(problems.length === 0 ? [] : ["", ...problems])].join(
    "\n"
  )
}

export default Command.make(
  "check",
  {
    paths: Argument.String("path").pipe(
      Argument.variadic({ min: 1 }),
      Argument.withDescription("stores, result documents, or folders of them")
    ),
    migrate: Flag.Boolean("migrate").pipe(
      Flag.withDefault(false),
      Flag.withDescription("rewrite stores of an earlier version in their place, as this version writes them")
    ),
    ...common
  },
  Effect.fnUntraced(function* ({ paths, migrate, json, quiet }) {
    const old = migrate ? paths.filter(isOldStore) : []
    for (const store of old) {
      yield* withProgress(migrateStore(store), quiet)
      yield* note(`rewrote ${store}; groups, caches and drafts of its requests are not known, see \`moira info\``)
    }
    const checked = (yield* withProgress(
      Effect.forEach(paths, (place) => checkedAt(place)),
      quiet
    )).flat()
    if (checked.length === 0)
      return yield* new CheckError({
        reason: "Nothing",
        where: paths.join(", "),
        what: "no store and no result document",
        hint: "give directories that `moira ingest` wrote, files that other commands wrote, or folders of them"
      })
    yield* json
      ? printJson({ schema: "moira-check/1", moira: version, migrated: old, checked })
      : print(textOf(checked))
    const wrong = checked.filter(({ state }) => state === "wrong" || state === "old")
    if (wrong.length === 0) return
    return yield* new CheckError({
      reason: "Damaged",
      where: wrong[0]!.path,
      what: `${wrong.length} of ${checked.length} checked ${wrong.length === 1 ? "is" : "are"} not as written`,
      hint: "what is wrong is listed on stdout: make these anew, or restore them from a copy"
    })
  })
).pipe(
  Command.withDescription("Check that stores and results are as they were written"),
  Command.withExamples([
    { command: "moira check week.moira", description: "every page, digest and count of a store" },
    { command: "moira check results", description: "all stores and result documents in a folder" },
    { command: "moira check old.moira --migrate", description: "rewrite a store of an earlier version" }
  ]),
  listed(5.7)
)

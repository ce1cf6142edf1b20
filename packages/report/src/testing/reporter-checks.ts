/** What every report format must do, as named checks over documents. */
import { assert } from "@effect/vitest"
import { type Check, registerChecks } from "@moira/core/testing"
import type { ResultDocument } from "@moira/results"
import { Effect } from "effect"
import type { ReportOptions } from "../reported-kind.ts"
import { type Reporter, reporterContract } from "../reporter.ts"

const check = (name: string, run: () => void): Check => ({ name, run: Effect.sync(run) })

const textOf = (content: string | Uint8Array): string =>
  typeof content === "string" ? content : new TextDecoder("latin1").decode(content)

export const reporterChecks = (
  reporter: Reporter,
  documents: ReadonlyArray<ResultDocument>,
  options: ReportOptions
): ReadonlyArray<Check> => {
  const render = (): ReadonlyMap<string, string | Uint8Array> => reporter.files(documents, options)
  const texts = () => [...render()].map(([path, content]) => [path, textOf(content)] as const)
  return [
    check("says its contract and, in one line, what its files are", () => {
      assert.strictEqual(reporter.contract, reporterContract)
      assert.match(reporter.summary, /^\S.*\S$/)
    }),
    check("makes files below its folder, none empty", () => {
      const files = texts()
      assert.isAbove(files.length, 0)
      for (const [path, text] of files) {
        assert.match(path, /^[^/\\]+(?:\/[^/\\]+)*$/, path)
        assert.notMatch(path, /(?:^|\/)\.\.?(?:\/|$)/, path)
        assert.notStrictEqual(text, "", path)
      }
    }),
    check("gives the same bytes again", () => assert.deepStrictEqual(texts(), texts())),
    check("leaves the documents as they are", () => {
      const before = JSON.stringify(documents)
      render()
      assert.strictEqual(JSON.stringify(documents), before)
    }),
    check("depends on the documents", () => {
      const others = documents.map((document) => ({ ...document, moira: "another version" }))
      const fewer = [...reporter.files(documents.slice(0, 1), options)].map(([path, text]) => [path, textOf(text)])
      const changed = [...reporter.files(others, options)].map(([path, text]) => [path, textOf(text)])
      assert.isTrue(
        [fewer, changed].some((files) => JSON.stringify(files) !== JSON.stringify(texts())),
        "its files do not hold what the documents say"
      )
    }),
    check("takes no documents and no kinds without throwing", () => {
      reporter.files([], options)
      reporter.files(documents, { kinds: [] })
    })
  ]
}

/** Registers the checks of a format as tests. */
export const reporterConformance = (
  name: string,
  reporter: Reporter,
  documents: ReadonlyArray<ResultDocument>,
  options: ReportOptions
): void => registerChecks(`${name}: ${reporterContract}`, reporterChecks(reporter, documents, options))

import { builtinNames, nodePlugins } from "@moira/core/node"
import { documentText } from "@moira/results"
import { PluginError } from "@moira/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { ReportError } from "../src/index.ts"
import { reporterKind } from "../src/reporter.ts"
import { smallAnalysis, smallSimulation } from "./sample/small.ts"
import { readDocument as readFrom, writeReport as writeTo } from "../src/node.ts"
import type { WriteReportOptions } from "../src/node/write.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "moira-report-"))),
  (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
)

const filesIn = (root: string): ReadonlyArray<string> =>
  fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/"))
    .toSorted()

const readDocument = (file: string) => Effect.provide(readFrom(file), nodePlugins)
const writeReport = (options: WriteReportOptions) => Effect.provide(writeTo(options), nodePlugins)

describe("readDocument", () => {
  it.effect("gives back what was written", () =>
    Effect.gen(function* () {
      const file = path.join(yield* folder, "result.json")
      for (const document of [smallAnalysis(), smallSimulation()]) {
        fs.writeFileSync(file, documentText(document))
        assert.deepStrictEqual(yield* readDocument(file), document)
      }
    })
  )

  const refused: ReadonlyArray<readonly [string, string | undefined, ReportError["reason"], RegExp]> = [
    ["a missing file", undefined, "Unreadable", /no such file/],
    ["text that is not JSON", '{"schema": ', "NotJson", /not JSON/],
    ["JSON of something else", '{"name": "x"}', "NotAResult", /not a Moira result/],
    ["JSON that is no object", "[1, 2]", "NotAResult", /not a Moira result/],
    ["another kind of Moira file", '{"schema": "moira-store"}', "NotAResult", /moira-store/],
    ["a later version", '{"schema": "moira-analysis/2"}', "OtherVersion", /moira-analysis\/2/],
    ["a result that was cut", '{"schema": "moira-analysis/1", "moira": "1"}', "NotAResult", /form of moira-analysis\/1/]
  ]
  for (const [what, text, reason, message] of refused) {
    it.effect(`refuses ${what} in one line`, () =>
      Effect.gen(function* () {
        const file = path.join(yield* folder, "result.json")
        if (text !== undefined) fs.writeFileSync(file, text)
        const error = yield* Effect.flip(readDocument(file))
        assert.strictEqual(error.reason, reason)
        assert.match(error.message, message)
        assert.isTrue(error.message.startsWith(`${file}: `))
        assert.include(error.message, "; hint: ")
        assert.notInclude(error.message, "\n")
      })
    )
  }
})

describe("writeReport", () => {
  const documents = [smallAnalysis(), smallSimulation()]

  it.effect("writes what each format promises and returns the paths", () =>
    Effect.gen(function* () {
      const out = path.join(yield* folder, "deep", "report")
      const paths = yield* writeReport({ documents, out, formats: ["html", "md", "csv", "svg"] })
      const found = filesIn(out)
      assert.deepStrictEqual(paths.map((p) => path.relative(out, p).replaceAll(path.sep, "/")).toSorted(), found)
      for (const name of ["report.html", "report.md", "tables/runs.csv", "figures/throughput.svg"]) {
        assert.include(found, name)
      }
    })
  )

  it.effect("gives Markdown the figures that it links to", () =>
    Effect.gen(function* () {
      const out = yield* folder
      yield* writeReport({ documents, out, formats: ["md"] })
      const links = [...fs.readFileSync(path.join(out, "report.md"), "utf8").matchAll(/\]\((figures\/[^)]+)\)/g)]
      assert.isAbove(links.length, 10)
      const found = filesIn(out)
      for (const [, link] of links) assert.include(found, link)
    })
  )

  it.effect(
    "gives the same bytes again",
    () =>
      Effect.gen(function* () {
        const out = yield* folder
        const formats = builtinNames(reporterKind)
        const read = (root: string) =>
          filesIn(root).map((name) => [name, fs.readFileSync(path.join(root, name), "utf8")])
        yield* writeReport({ documents, out: path.join(out, "a"), formats })
        yield* writeReport({ documents, out: path.join(out, "b"), formats })
        assert.deepStrictEqual(read(path.join(out, "a")), read(path.join(out, "b")))
      }),
    30_000
  )

  it.effect("refuses an unknown format by name, and writes nothing", () =>
    Effect.gen(function* () {
      const out = path.join(yield* folder, "report")
      const error = yield* Effect.flip(writeReport({ documents, out, formats: ["html", "docx"] }))
      assert.instanceOf(error, PluginError)
      assert.include(error.message, "docx")
      assert.include(error.message, "html")
      assert.isFalse(fs.existsSync(out))
    })
  )

  it.effect("takes a reporter from a file", () =>
    Effect.gen(function* () {
      const made = yield* folder
      const file = path.join(made, "count.mjs")
      fs.writeFileSync(
        file,
        `export default { contract: "report/v1", summary: "a count", files: (d) => new Map([["count.txt", String(d.length)]]) }`
      )
      yield* writeReport({ documents, out: made, formats: [file] })
      assert.strictEqual(fs.readFileSync(path.join(made, "count.txt"), "utf8"), "2")
    })
  )

  const bad = (files: string) => `export default { contract: "report/v1", summary: "", files: () => new Map(${files}) }`
  for (const [what, files] of [
    ["leaves its folder", `[["../escaped.txt", "x"]]`],
    ["overwrites another's file with something else", `[["report.html", "x"]]`]
  ] as const) {
    it.effect(`refuses a reporter that ${what}`, () =>
      Effect.gen(function* () {
        const made = yield* folder
        const file = path.join(made, "bad.mjs")
        fs.writeFileSync(file, bad(files))
        const out = path.join(made, "report")
        const error = yield* Effect.flip(writeReport({ documents, out, formats: ["html", file] }))
        assert.instanceOf(error, ReportError)
        assert.strictEqual(error.reason, "Conflict")
        assert.isFalse(fs.existsSync(out))
      })
    )
  }

  it.effect("refuses a reporter of another contract", () =>
    Effect.gen(function* () {
      const made = yield* folder
      const file = path.join(made, "old.mjs")
      fs.writeFileSync(file, `export default { contract: "report/v0", files: () => new Map() }`)
      const error = yield* Effect.flip(writeReport({ documents, out: made, formats: [file] }))
      assert.instanceOf(error, PluginError)
    })
  )

  it.effect("says what is wrong with no documents and with a folder that is a file", () =>
    Effect.gen(function* () {
      const made = yield* folder
      const none = yield* Effect.flip(writeReport({ documents: [], out: made, formats: ["html"] }))
      assert.instanceOf(none, ReportError)
      assert.strictEqual(none.reason, "NoDocuments")
      const blocked = path.join(made, "file")
      fs.writeFileSync(blocked, "")
      const error = yield* Effect.flip(writeReport({ documents, out: blocked, formats: ["html"] }))
      assert.instanceOf(error, ReportError)
      assert.strictEqual(error.reason, "NotWritable")
      assert.include(error.message, path.join(blocked, "report.html"))
    })
  )
})

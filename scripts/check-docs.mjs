// Runs what the documentation shows: `moira` lines of ```sh blocks and whole ```ts blocks, each page in its own folder.
// Every folder has a store `twin.moira` made first; a block that must not run is fenced with another language or `ts norun`.
import { execFileSync } from "node:child_process"
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"

const conditions = ["--conditions=@moira/source"]
const bin = resolve("packages/cli/src/bin.ts")
const work = mkdtempSync(join(tmpdir(), "moira-docs-"))
const pages = ["README.md", "CONTRIBUTING.md", ...globSync("{docs,packages/*,examples/*,scenarios}/**/*.md")].filter(
  (page) => !/node_modules|CHANGELOG|dist\//.test(page)
)
let failed = 0
let ran = 0

const moira = (args, cwd) =>
  execFileSync(process.execPath, [...conditions, bin, ...args], { cwd, encoding: "utf8", stdio: "pipe" })

/** Splits a command line at spaces outside quotes; the documentation uses no other shell feature. */
const words = (line) => [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3])

const attempt = (page, what, run) => {
  ran++
  try {
    run()
  } catch (error) {
    failed++
    console.log(
      `FAILED  ${page}: ${what}\n${error.stderr ?? ""}${error.stdout ?? ""}${error.stderr === undefined ? error.stack : ""}`
    )
  }
}

try {
  const twin = join(work, "twin.moira")
  moira(
    [
      "synth",
      "--model",
      "deepseek-v2-lite",
      "--requests",
      "48",
      "--prefill",
      "6",
      "--decode",
      "8",
      "--out",
      twin,
      "-q"
    ],
    work
  )
  for (const page of pages) {
    const text = readFileSync(page, "utf8")
    const cwd = mkdtempSync(join(work, "page-"))
    cpSync(twin, join(cwd, "twin.moira"), { recursive: true })
    for (const folder of ["examples", "scenarios"]) symlinkSync(resolve(folder), join(cwd, folder))
    for (const [, language, block] of text.matchAll(/^```(\w+(?: norun)?)\n(.*?)^```/gms)) {
      if (language === "sh") {
        const lines = block.replaceAll("\\\n", " ").split("\n")
        for (const line of lines) {
          const command = /^(?:npm run -s moira -- |moira )(.*?)(?:\s+#.*)?$/.exec(line)?.[1]
          if (command !== undefined && !command.startsWith("ingest"))
            attempt(page, line, () => moira(words(command), cwd))
        }
      }
      if (language === "ts") {
        // Inside the package, so that its dependencies resolve as a reader's would.
        const home = page.includes("/") && !page.startsWith("docs/") ? dirname(page) : "packages/cli"
        const file = resolve(home, `.docs-${process.pid}-${ran}.ts`)
        attempt(page, block.split("\n")[0], () => {
          writeFileSync(file, block)
          execFileSync(process.execPath, [...conditions, file], { cwd, encoding: "utf8", stdio: "pipe" })
        })
        rmSync(file, { force: true })
      }
    }
  }
  for (const example of globSync("examples/*/src/main.ts")) {
    attempt(example, "main.ts", () =>
      execFileSync(process.execPath, [...conditions, resolve(example)], { cwd: work, stdio: "pipe" })
    )
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
console.log(`documentation: ${ran - failed} of ${ran} blocks and examples ran`)
process.exit(failed === 0 && ran > 0 ? 0 : 1)

/** Runs the command: in this process, where the process is not the point, and as users do, in a process of its own. */
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { run } from "../src/main.ts"
import { type Captured, captured } from "../src/testing/run-captured.ts"

const bin = fileURLToPath(new URL("../src/bin.ts", import.meta.url))

export type Outcome = Captured

export const moiraCommand = (args: ReadonlyArray<string>): readonly [string, ReadonlyArray<string>] => [
  process.execPath,
  ["--conditions=@moira/source", bin, ...args]
]

/** A process of its own: exit codes, signals and pipes are as users have them. */
export const moiraProcess = (...args: ReadonlyArray<string>): Promise<Outcome> =>
  new Promise((resolve) => {
    const [command, argv] = moiraCommand(args)
    execFile(command, argv, { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, stdout, stderr })
    })
  })

let last: Promise<unknown> = Promise.resolve()

/** In this process, one call after the other, since they share its streams. */
export const moira = (...args: ReadonlyArray<string>): Promise<Outcome> => {
  const next = last.then(() => captured(run(args)))
  last = next.catch(() => {})
  return next
}

/** A folder that is removed when the tests of the file are done. */
export const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "moira-cli-"))
export const removeScratch = (): void => fs.rmSync(scratch, { recursive: true, force: true })
export const inScratch = (...parts: ReadonlyArray<string>): string => path.join(scratch, ...parts)

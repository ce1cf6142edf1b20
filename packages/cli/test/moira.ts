/** Runs the command as users do: a process of its own. */
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const bin = fileURLToPath(new URL("../src/bin.ts", import.meta.url))

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export const moiraCommand = (args: ReadonlyArray<string>): readonly [string, ReadonlyArray<string>] => [
  process.execPath,
  ["--conditions=@moira/source", bin, ...args]
]

export const moira = (...args: ReadonlyArray<string>): Promise<Outcome> =>
  new Promise((resolve) => {
    const [command, argv] = moiraCommand(args)
    execFile(command, argv, { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, stdout, stderr })
    })
  })

/** A folder that is removed when the tests of the file are done. */
export const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "moira-cli-"))
export const removeScratch = (): void => fs.rmSync(scratch, { recursive: true, force: true })
export const inScratch = (...parts: ReadonlyArray<string>): string => path.join(scratch, ...parts)

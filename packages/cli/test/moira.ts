/** Runs the command: in this process, where the process is not the point, and as users do, in a process of its own. */
import { Console, Effect, Exit } from "effect"
import { execFile } from "node:child_process"
import { Console as NodeConsole } from "node:console"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { vi } from "vitest"
import { run } from "../src/main.ts"
import { faultOf } from "../src/terminal/fault.ts"

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

/** A process of its own: exit codes, signals and pipes are as users have them. */
export const moiraProcess = (...args: ReadonlyArray<string>): Promise<Outcome> =>
  new Promise((resolve) => {
    const [command, argv] = moiraCommand(args)
    execFile(command, argv, { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, stdout, stderr })
    })
  })

/** Takes what is written to a stream, and gives it back; it is no terminal meanwhile. */
const capture = (stream: NodeJS.WriteStream) => {
  const { isTTY } = stream
  const parts: Array<string> = []
  const spy = vi.spyOn(stream, "write").mockImplementation((chunk, ...rest) => {
    parts.push(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString())
    const done = rest.find((one) => typeof one === "function")
    if (done !== undefined) queueMicrotask(() => done())
    return true
  })
  stream.isTTY = false
  return () => {
    spy.mockRestore()
    stream.isTTY = isTTY
    return parts.join("")
  }
}

/** What Effect prints, such as help, goes where the streams are captured. */
const console = new NodeConsole(process.stdout, process.stderr)

const inProcess = async (args: ReadonlyArray<string>): Promise<Outcome> => {
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)]
  const exit = await Effect.runPromiseExit(Effect.provideService(run(args), Console.Console, console))
  const said = { stdout: stdout(), stderr: stderr() }
  if (Exit.isSuccess(exit)) return { code: 0, ...said }
  const { code, text } = faultOf(exit.cause)
  return { code, stdout: said.stdout, stderr: said.stderr + (text === "" ? "" : `${text}\n`) }
}

let last: Promise<unknown> = Promise.resolve()

/** In this process, one call after the other, since they share its streams. */
export const moira = (...args: ReadonlyArray<string>): Promise<Outcome> => {
  const next = last.then(() => inProcess(args))
  last = next.catch(() => {})
  return next
}

/** A folder that is removed when the tests of the file are done. */
export const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "moira-cli-"))
export const removeScratch = (): void => fs.rmSync(scratch, { recursive: true, force: true })
export const inScratch = (...parts: ReadonlyArray<string>): string => path.join(scratch, ...parts)

/** Runs one command in this process as `moira` would, and gives what it wrote and how it ended. */
import { Console, Effect, Exit } from "effect"
import { Console as NodeConsole } from "node:console"
import { treeOf } from "../app.ts"
import type { MoiraCommand } from "../command.ts"
import { runTree } from "../main.ts"
import { faultOf } from "../terminal/fault.ts"

export interface Captured {
  /** The exit code: 0 done, 1 wrong input, 2 usage, 70 a bug. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Takes what is written to a stream, and gives it back; it is no terminal meanwhile. */
const capture = (stream: NodeJS.WriteStream): (() => string) => {
  const { isTTY } = stream
  const write = stream.write.bind(stream)
  const parts: Array<string> = []
  const taken = (chunk: string | Uint8Array, ...rest: ReadonlyArray<unknown>): boolean => {
    parts.push(typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk))
    const done = rest.find((one) => typeof one === "function")
    if (done !== undefined) queueMicrotask(() => void done())
    return true
  }
  stream.write = taken
  stream.isTTY = false
  return () => {
    stream.write = write
    stream.isTTY = isTTY
    return parts.join("")
  }
}

/** What Effect prints, such as help, goes where the streams are captured. */
const console = new NodeConsole(process.stdout, process.stderr)

/** Runs a program with both streams captured; a failure is told as `moira` tells it. */
export const captured = async (program: Effect.Effect<unknown, unknown>): Promise<Captured> => {
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)]
  const exit = await Effect.runPromiseExit(Effect.provideService(program, Console.Console, console))
  const said = { stdout: stdout(), stderr: stderr() }
  if (Exit.isSuccess(exit)) return { code: 0, ...said }
  const { code, text } = faultOf(exit.cause)
  return { code, stdout: said.stdout, stderr: said.stderr + (text === "" ? "" : `${text}\n`) }
}

/** Runs a command with arguments; what it does not need is not loaded. */
export const runCommand = (command: MoiraCommand["command"], args: ReadonlyArray<string>): Promise<Captured> =>
  captured(runTree(treeOf([], [command]), [command.name, ...args]))

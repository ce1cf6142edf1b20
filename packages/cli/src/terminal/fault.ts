/** How a failure is told: one line and an exit code. */
import { throwingPlugin } from "@moira/core/node"
import { Cause, Exit, type Runtime } from "effect"
import { CliError } from "effect/cli"
import * as fs from "node:fs"

/** 0 done, 1 the input or the request is wrong, 2 usage, 70 our bug, 130 interrupted. */
export const exitCodes = { wrongInput: 1, usage: 2, bug: 70, interrupted: 130 } as const

interface Problem {
  readonly where: string
  readonly what: string
  readonly hint: string
}

const isProblem = (error: unknown): error is Problem =>
  typeof error === "object" && error !== null && "where" in error && "what" in error && "hint" in error

export interface Fault {
  readonly code: number
  /** What to print on stderr; nothing where it was already printed. */
  readonly text: string
}

/** The fault behind a failed exit. A failure that is not one of ours is a bug, and so is every defect but one that a plug-in from outside threw. */
export const faultOf = (cause: Cause.Cause<unknown>): Fault => {
  if (Cause.hasInterruptsOnly(cause))
    return { code: exitCodes.interrupted, text: "moira: interrupted; nothing was left half-written" }
  const error = Cause.squash(cause)
  if (CliError.isCliError(error)) return { code: exitCodes.usage, text: "" }
  if (isProblem(error)) {
    const line = `${error.where}: ${error.what}; hint: ${error.hint}`.replaceAll(/\s+/g, " ")
    return { code: exitCodes.wrongInput, text: `moira: ${line}` }
  }
  const plugin = throwingPlugin(error)
  if (plugin !== undefined) {
    const line = `${plugin.kind} (${plugin.module}): throws ${String(error).split("\n")[0]}; hint: the ${plugin.kind} is wrong: run it through the kit of its kind`
    return { code: exitCodes.wrongInput, text: `moira: ${line}` }
  }
  return { code: exitCodes.bug, text: `moira: this is a bug, please report it\n${Cause.pretty(cause)}` }
}

/** Tells the fault on stderr, an interrupt too, and ends the process with its code. */
export const teardown: Runtime.Teardown = (exit, onExit) => {
  if (Exit.isSuccess(exit)) return onExit(0)
  const { code, text } = faultOf(exit.cause)
  // Written at once: the process ends before a pipe would be drained otherwise.
  if (text !== "") fs.writeSync(process.stderr.fd, `${text}\n`)
  return onExit(code)
}

/** Runs the command line: services, error lines and exit codes. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { endWhenPluginsHang, nodePluginsFrom } from "@moira/core/node"
import { type Plugins, version } from "@moira/core"
import { Cause, Effect, References } from "effect"
import { CliOutput, Command } from "effect/cli"
import { appFor, type Tree } from "./app.ts"
import * as fs from "node:fs"
import { faultOf, teardown } from "./terminal/fault.ts"

/** A wrong invocation: what was wrong and where help is, on stderr, instead of the whole help page on stdout. */
const presenter = CliOutput.layerPresenter({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Effect.sync(() => {
          const what = event.errors.map((error) => error.message.replaceAll(/\s*\n\s*/g, " ")).join("; ")
          process.stderr.write(`moira: ${what}; hint: see ${event.commandPath.join(" ")} --help\n`)
        })
      : CliOutput.defaultPresenter.present(event)
})

const inServices = <E>(program: Effect.Effect<void, E, NodeServices.NodeServices | Plugins>): Effect.Effect<void, E> =>
  program.pipe(
    Effect.provide(presenter),
    Effect.provide([NodeServices.layer, nodePluginsFrom({ app: import.meta.url })]),
    Effect.provideService(References.LogToStderr, true)
  )

/** Runs a command tree; failures stay in the exit, and {@link teardown} tells them. */
export const runTree = (tree: Tree, args: ReadonlyArray<string>): Effect.Effect<void, unknown> =>
  inServices(Command.runWith(tree, { version })(args))

/** The whole program for some arguments. */
export const run = (args: ReadonlyArray<string>): Effect.Effect<void, unknown> =>
  inServices(Effect.flatMap(appFor(args), (tree) => Command.runWith(tree, { version })(args)))

/** What is thrown where nobody waits for it, such as in a timer of a plug-in: told in a line as all else. */
const loose = (error: unknown): void => {
  const { code, text } = faultOf(Cause.die(error))
  fs.writeSync(process.stderr.fd, `${text}\n`)
  process.exit(code)
}

/** Runs as the process. A reader that closes the pipe early, such as head, is no error. */
export const main = (): void => {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 70))
  process.on("uncaughtException", loose)
  process.on("unhandledRejection", loose)
  endWhenPluginsHang("moira: ")
  NodeRuntime.runMain(run(process.argv.slice(2)), { disableErrorReporting: true, teardown })
}

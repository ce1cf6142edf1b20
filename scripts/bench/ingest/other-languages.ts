/** Readers in other languages, measured by themselves in processes of their own; a reason where they cannot run. */
import { spawnSync } from "node:child_process"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

/** CPU seconds of one warm pass over files, or why there are none. */
export type Measured = number | string

const run = (command: string, args: ReadonlyArray<string>, files: ReadonlyArray<string>): Measured => {
  const { status, stdout, stderr } = spawnSync(command, [...args, "2"], { input: files.join("\n"), encoding: "utf8" })
  // The first pass warms up.
  return status === 0 ? Number(stdout.trim().split("\n").at(-1)) : `skipped: ${command} failed: ${stderr.trim()}`
}

export const measurePython = (files: ReadonlyArray<string>): Measured =>
  spawnSync("python3", ["-c", "import numpy"]).status === 0
    ? run("python3", [here("json_numpy.py")], files)
    : "skipped: no python3 with numpy"

/** Compiles the simdjson reference into `folder`: a function that measures it. */
export const simdjsonIn = (folder: string): ((files: ReadonlyArray<string>) => Measured) => {
  const program = path.join(folder, "simdjson")
  const args = ["-O3", "-march=native", "-std=c++17", here("simdjson.cpp"), "-lsimdjson", "-o", program]
  const compiled = spawnSync("g++", args).status === 0
  return (files) => (compiled ? run(program, [], files) : "skipped: no g++ with libsimdjson-dev")
}

/** Runs cases: one process a call, everything below the case's own folder, and a hash of every file that is there afterwards. */
import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const repository = fileURLToPath(new URL("../../", import.meta.url))
const bin = path.join(repository, "packages/cli/src/bin.ts")

/** Threads that a case with `threaded` runs with, one run for each; the first gives the hashes. */
const threads = [1, 4]

const environment = {
  ...process.env,
  NO_COLOR: "1",
  TZ: "UTC",
  LC_ALL: "C",
  // Types are stripped once for all calls; the cache goes by content.
  NODE_COMPILE_CACHE: path.join(os.tmpdir(), "moira-same-compiled")
}

/** What a process said, without what no two runs have in common. The table in check-same.mjs says why. */
const plain = (text, root) =>
  text
    .replaceAll(root, "TMP")
    .replaceAll(repository, "REPOSITORY/")
    .replaceAll(/\b(in|took) \d+(?:\.\d+)? (?:ms|s|min|h)\b/g, "$1 TIME")

const call = (args, cwd) =>
  new Promise((resolve) => {
    const argv = ["--conditions=@moira/source", bin, ...args]
    execFile(process.execPath, argv, { cwd, env: environment, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code
      resolve({ code: typeof code === "number" ? code : `${code ?? error.signal}`, stdout, stderr })
    })
  })

/** Every file below a folder, as `a/b`, sorted; links are not followed. */
const filesBelow = (folder) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .toSorted()

const write = (file, content) => {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, content)
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex")

/** Runs one case in one working folder; gives `case/path` to hash. In a call
 * `@` stands for the case's folder; words are parted by one space. */
const runIn = async (cwd, root, { name, calls, files = {}, threaded, fails = false }, workers, unexpected) => {
  const folder = path.join(cwd, name)
  fs.mkdirSync(folder, { recursive: true })
  for (const [file, content] of Object.entries(files)) write(path.join(folder, "in", file), content)
  for (const [i, given] of calls.entries()) {
    const args = given.replaceAll("@", name).split(" ")
    const { code, stdout, stderr } = await call(threaded ? [...args, "--workers", `${workers}`] : args, cwd)
    if ((code !== 0) !== fails) unexpected.push(`${name}: ended with ${code}: ${stderr.trim().split("\n").at(-1)}`)
    const told = `$ moira ${args.join(" ")}\nexit ${code}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`
    fs.writeFileSync(path.join(folder, calls.length === 1 ? "call.txt" : `call-${i + 1}.txt`), plain(told, root))
  }
  return new Map(
    filesBelow(folder)
      .filter((file) => !file.startsWith("in/"))
      .map((file) => [`${name}/${file}`, sha256(fs.readFileSync(path.join(folder, file)))])
  )
}

/** A case's needs, seen from the folder of other runs under the same relative paths. */
const link = (from, to, needs) => {
  for (const need of needs) {
    const target = path.join(to, need)
    if (fs.existsSync(target)) continue
    fs.mkdirSync(path.dirname(target), { recursive: true })
    fs.symlinkSync(path.join(from, need), target, "dir")
  }
}

/** At most `most` tasks at a time. */
const limiter = (most) => {
  const waiting = []
  let running = 0
  return async (task) => {
    if (running >= most) await new Promise((go) => waiting.push(go))
    else running++
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}

/**
 * Runs cases, each after those that it needs, below `root`. Gives hashes by `case/path`, the keys that differ between
 * numbers of workers, and what failed or should have failed.
 */
export const runCases = async (cases, { root, jobs, shared, report }) => {
  const byName = new Map(cases.all.map((one) => [one.name, one]))
  const folderOf = (workers) => path.join(root, `workers-${workers}`)
  for (const workers of threads) {
    for (const [file, content] of Object.entries(shared)) write(path.join(folderOf(workers), file), content)
  }
  const limited = limiter(jobs)
  const unlike = []
  const unexpected = []
  const started = new Map()
  const start = (name) => {
    if (!started.has(name)) started.set(name, run(byName.get(name)))
    return started.get(name)
  }
  const run = async (one) => {
    const needs = one.needs ?? []
    await Promise.all(needs.map(start))
    let ms = 0
    const results = await Promise.all(
      (one.threaded ? threads : threads.slice(0, 1)).map((workers) =>
        limited(async () => {
          const began = performance.now()
          const cwd = folderOf(workers)
          if (workers !== threads[0]) link(folderOf(threads[0]), cwd, needs)
          const hashes = await runIn(cwd, root, one, workers, unexpected)
          ms += performance.now() - began
          return hashes
        })
      )
    )
    const [hashes] = results
    for (const other of results.slice(1)) {
      for (const key of new Set([...hashes.keys(), ...other.keys()]))
        if (hashes.get(key) !== other.get(key)) unlike.push(key)
    }
    report(one.name, ms)
    return hashes
  }
  const all = await Promise.all(cases.chosen.map(({ name }) => start(name)))
  return { hashes: new Map(all.flatMap((hashes) => [...hashes])), unlike, unexpected }
}

/** Two writers of one store: the second is told; what a dead one left is put right. */
import { assert, it } from "@effect/vitest"
import { openStore } from "../src/node/parquet-store.ts"
import { workPath } from "../src/node/work-directory.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { releaseLock, takeLock } from "@moira/core/node"
import { makeModel, snapshot, temporaryDirectory } from "@moira/core/testing"
import { drawLengths, makeRequests, origin } from "./traces.ts"

const model = makeModel()
const requests = makeRequests(model, { seed: 1, lengths: drawLengths(1, 100, 4) })
const write = (directory: string) => writeStore({ directory, model, origin }, Stream.fromIterable(requests))

/** A number that no process has any more. */
const deadPid = (): number => spawnSync(process.execPath, ["--version"]).pid

const holder = (fields: object) => JSON.stringify({ pid: process.pid, host: os.hostname(), started: "", ...fields })

/** A place for a store whose lock says `text`. */
const locked = Effect.fnUntraced(function* (text: string) {
  const folder = yield* temporaryDirectory
  const directory = path.join(folder, "trace.moira")
  const work = workPath(directory)
  fs.mkdirSync(work)
  fs.writeFileSync(path.join(work, "lock"), text)
  return { folder, directory, work }
})

it.effect("a second writer is refused while the first is at work, and may go on after it", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const directory = path.join(folder, "trace.moira")
    const reached = yield* Deferred.make<void>()
    const may = yield* Deferred.make<void>()
    const slow = Stream.concat(
      Stream.fromIterable(requests),
      Stream.drain(Stream.fromEffect(Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(may))))
    )
    const first = yield* Effect.forkChild(writeStore({ directory, model, origin }, slow))
    yield* Deferred.await(reached)
    const error = yield* Effect.flip(write(directory))
    assert.deepStrictEqual([error._tag, "reason" in error && error.reason], ["StoreError", "Busy"])
    assert.include(error.message, `process ${process.pid} on ${os.hostname()}`)
    assert.include(error.message, path.join(workPath(directory), "lock"))
    // Another store beside it is free.
    yield* write(path.join(folder, "other.moira"))
    yield* Deferred.succeed(may, undefined)
    yield* Fiber.join(first)
    yield* write(directory)
    assert.deepStrictEqual(fs.readdirSync(folder).toSorted(), ["other.moira", "trace.moira"])
  })
)

type Lock = readonly [name: string, text: () => string]

const stale: ReadonlyArray<Lock> = [
  ["of a dead process", () => holder({ pid: deadPid() })],
  ["of a process that started at another time under the same number", () => holder({ started: "boot 12" })],
  ["that was cut short", () => '{"pid":'],
  ["that is empty", () => ""]
]

it.effect.each(stale)("a lock %s is taken over", ([, text]) =>
  Effect.gen(function* () {
    if (process.platform !== "linux" && text().includes("boot 12")) {
      console.log("skipped: only Linux tells when a process started")
      return
    }
    const { folder, directory } = yield* locked(text())
    yield* write(directory)
    assert.deepStrictEqual(fs.readdirSync(folder), ["trace.moira"])
  })
)

const held: ReadonlyArray<Lock> = [
  ["of another machine", () => holder({ host: "elsewhere", pid: deadPid() })],
  ["of a living process", () => holder({})]
]

it.effect.each(held)("a lock %s is kept, and says what to do", ([, text]) =>
  Effect.gen(function* () {
    const { folder, directory } = yield* locked(text())
    const files = snapshot(folder)
    const error = yield* Effect.flip(write(directory))
    assert.strictEqual(error.reason, "Busy")
    assert.include(error.hint, "remove")
    assert.deepStrictEqual(snapshot(folder), files)
  })
)

it.effect("of many that try at once one gets the lock, also when a stale one is there", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const lock = path.join(folder, "lock")
    fs.writeFileSync(lock, holder({ pid: deadPid() }))
    const results = Array.from({ length: 8 }, () => takeLock(lock))
    assert.strictEqual(results.filter((other) => other === undefined).length, 1)
    releaseLock(lock)
    assert.deepStrictEqual(fs.readdirSync(folder), [])
  })
)

it.effect("a store that a killed writer had moved away comes back", () =>
  Effect.gen(function* () {
    const { folder, directory, work } = yield* locked(holder({ pid: deadPid() }))
    yield* write(path.join(folder, "made.moira"))
    // As between the two renames of a commit.
    fs.renameSync(path.join(folder, "made.moira"), path.join(work, "old"))
    fs.mkdirSync(path.join(work, "store"))
    fs.writeFileSync(path.join(work, "store", "selections.parquet"), "half")
    fs.writeFileSync(path.join(work, "lock.1.abc"), "")
    const error = yield* Effect.flip(writeStore({ directory, model, origin }, Stream.empty))
    assert.strictEqual(error.reason, "Empty")
    assert.deepStrictEqual(fs.readdirSync(folder), ["trace.moira"])
    assert.strictEqual((yield* openStore(directory)).manifest.counts.requests, 100)
  })
)

it.effect("a full disk is NotWritable, says to make room, and leaves the old store", () =>
  Effect.gen(function* () {
    if (process.platform === "win32") {
      console.log("skipped: no limit on file sizes to stand for a full disk")
      return
    }
    const folder = yield* temporaryDirectory
    const directory = path.join(folder, "trace.moira")
    yield* write(directory)
    const files = snapshot(folder)
    // A limit on the size of files, in blocks of 512 bytes, fails as a full disk does.
    const program = `
      import { Effect, Stream } from "effect"
      import { writeStore } from "@moira/trace/node"
      import { makeModel } from "@moira/core/testing"
      import { makeRequests, origin } from ${JSON.stringify(new URL("traces.ts", import.meta.url).href)}
      const model = makeModel()
      const lengths = Array.from({ length: 640 }, () => [50, 50])
      const requests = Stream.fromIterable(makeRequests(model, { seed: 1, lengths }))
      const error = await Effect.runPromise(Effect.flip(writeStore({ directory: ${JSON.stringify(directory)}, model, origin }, requests)))
      console.log(JSON.stringify([error.reason, error.hint]))`
    const node = `'${process.execPath}' --conditions=@moira/source --input-type=module -`
    const { stdout, stderr } = spawnSync("sh", ["-c", `ulimit -f 32 && exec ${node}`], {
      input: program,
      encoding: "utf8",
      cwd: path.dirname(new URL(import.meta.url).pathname)
    })
    assert.include(stdout, "NotWritable", stderr)
    assert.include(stdout, "make room")
    assert.deepStrictEqual(snapshot(folder), files)
    assert.deepStrictEqual(fs.readdirSync(folder), ["trace.moira"])
  })
)

/** A store appears whole or not at all, and nothing but a store is ever replaced. */
import { assert, it } from "@effect/vitest"
import { Progress, type ProgressEvent } from "@moira/core"
import { type TraceRequest } from "../src/selections.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { Deferred, Effect, Exit, Fiber, Schema, Stream } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { makeModel, snapshot, temporaryDirectory } from "@moira/core/testing"
import { drawLengths, makeRequests, origin } from "./traces.ts"

class SourceFailed extends Schema.TaggedError<SourceFailed>()("SourceFailed", {}) {}

const model = makeModel()
const before = makeRequests(model, { seed: 1, lengths: drawLengths(1, 10, 4) })
const after = makeRequests(model, { seed: 2, lengths: drawLengths(2, 200, 4) })

const write = <E, R>(directory: string, requests: Stream.Stream<TraceRequest, E, R>) =>
  writeStore({ directory, model, origin }, requests)

/** A folder that holds one store and nothing else. */
const folderWithStore = Effect.gen(function* () {
  const folder = yield* temporaryDirectory
  const directory = path.join(folder, "trace.moira")
  yield* write(directory, Stream.fromIterable(before))
  return { folder, directory, files: snapshot(folder) }
})

const unchanged = (folder: string, files: ReadonlyMap<string, string>) => {
  assert.deepStrictEqual(snapshot(folder), files)
  assert.deepStrictEqual(fs.readdirSync(folder), ["trace.moira"])
}

it.effect("a new store replaces the old one and leaves nothing beside it", () =>
  Effect.gen(function* () {
    const { folder, directory, files } = yield* folderWithStore
    const manifest = yield* write(directory, Stream.fromIterable(after))
    assert.strictEqual(manifest.counts.requests, 200)
    assert.deepStrictEqual(fs.readdirSync(folder), ["trace.moira"])
    assert.deepStrictEqual([...snapshot(folder).keys()], [...files.keys()])
    assert.notDeepEqual(snapshot(folder), files)
  })
)

it.effect("parents of a store are made", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    yield* write(path.join(folder, "a", "b", "trace.moira"), Stream.fromIterable(before))
    assert.deepStrictEqual(fs.readdirSync(path.join(folder, "a", "b", "trace.moira")).toSorted(), [
      "manifest.json",
      "overview.parquet",
      "requests.parquet",
      "selections.parquet"
    ])
  })
)

it.effect("a source that fails half-way passes its error on and leaves the old store", () =>
  Effect.gen(function* () {
    const { folder, directory, files } = yield* folderWithStore
    const broken = Stream.concat(Stream.fromIterable(after.slice(0, 130)), Stream.fail(new SourceFailed()))
    const error = yield* Effect.flip(write(directory, broken))
    assert.strictEqual(error._tag, "SourceFailed")
    unchanged(folder, files)
  })
)

it.effect("a defect half-way leaves the old store", () =>
  Effect.gen(function* () {
    const { folder, directory, files } = yield* folderWithStore
    const broken = Stream.concat(Stream.fromIterable(after.slice(0, 130)), Stream.die("a bug in the source"))
    assert.isTrue(Exit.hasDies(yield* Effect.exit(write(directory, broken))))
    unchanged(folder, files)
  })
)

it.effect("interruption half-way leaves the old store, or none where there was none", () =>
  Effect.gen(function* () {
    const { folder, directory, files } = yield* folderWithStore
    for (const target of [directory, path.join(folder, "new.moira")]) {
      const reached = yield* Deferred.make<void>()
      const hanging = Stream.concat(
        Stream.fromIterable(after.slice(0, 130)),
        Stream.fromEffect(Effect.andThen(Deferred.succeed(reached, undefined), Effect.never))
      )
      const fiber = yield* Effect.forkChild(write(target, hanging))
      yield* Deferred.await(reached)
      assert.strictEqual(fs.readdirSync(folder).length, 2, "the new store is under way beside the old one")
      const exit = yield* Effect.andThen(Fiber.interrupt(fiber), Fiber.await(fiber))
      assert.isTrue(Exit.hasInterrupts(exit))
      unchanged(folder, files)
    }
  })
)

it.effect("a stream without requests is Empty and leaves the old store", () =>
  Effect.gen(function* () {
    const { folder, directory, files } = yield* folderWithStore
    assert.strictEqual((yield* Effect.flip(write(directory, Stream.empty))).reason, "Empty")
    unchanged(folder, files)
  })
)

const contradictions: ReadonlyArray<
  readonly [name: string, change: (request: TraceRequest) => Partial<TraceRequest>, where: string, what: string]
> = [
  [
    "an expert that the model has not",
    // Two rows of two a layer: index 13 is layer 4, token 0, the second choice.
    ({ ids }) => ({ ids: ids.map((id, i) => (i === 13 ? 16 : id)) }),
    "made/0.json, layer 4, token 0",
    "expert 16"
  ],
  ["too few ids", ({ ids }) => ({ ids: ids.subarray(1) }), "made/0.json", "15 ids"],
  ["too many tokens", () => ({ decodeTokens: 2 }), "made/0.json", "make 24"]
]

it.effect.each(contradictions)("a request that contradicts its model: %s", ([, change, where, what]) =>
  Effect.gen(function* () {
    const { folder, directory, files } = yield* folderWithStore
    const [request] = makeRequests(model, { seed: 3, lengths: [[1, 1]] })
    const bad = { ...request!, ...change(request!) }
    const error = yield* Effect.flip(write(directory, Stream.fromIterable([...after, bad])))
    assert.deepStrictEqual([error.reason, error.where], ["NotWritable", where])
    assert.include(error.what, what)
    unchanged(folder, files)
  })
)

it.effect("a directory that is not a store is not replaced", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const cases: ReadonlyArray<readonly [name: string, file: string, text: string]> = [
      ["photos", "holiday.jpg", "irreplaceable"],
      ["web-app", "manifest.json", '{"name":"my app","icons":[]}'],
      ["broken", "manifest.json", "{"]
    ]
    for (const [name, file, text] of cases) {
      fs.mkdirSync(path.join(folder, name))
      fs.writeFileSync(path.join(folder, name, file), text)
    }
    fs.writeFileSync(path.join(folder, "file"), "text")
    const files = snapshot(folder)
    for (const name of [...cases.map(([directory]) => directory), "file"]) {
      const error = yield* Effect.flip(write(path.join(folder, name), Stream.fromIterable(before)))
      assert.strictEqual(error.reason, "NotWritable")
      assert.include(error.message, path.join(folder, name))
      assert.include(error.what, "not a Moira store")
    }
    assert.deepStrictEqual(snapshot(folder), files)
    assert.strictEqual(fs.readdirSync(folder).length, 4)
  })
)

it.effect("an empty directory, made for the purpose, is replaced", () =>
  Effect.gen(function* () {
    const directory = path.join(yield* temporaryDirectory, "empty")
    fs.mkdirSync(directory)
    yield* write(directory, Stream.fromIterable(before))
    assert.isTrue(fs.existsSync(path.join(directory, "manifest.json")))
  })
)

it.effect("a store in which somebody keeps a file of their own is not replaced", () =>
  Effect.gen(function* () {
    const { folder, directory } = yield* folderWithStore
    fs.writeFileSync(path.join(directory, "notes.md"), "irreplaceable")
    const files = snapshot(folder)
    const error = yield* Effect.flip(write(directory, Stream.fromIterable(after)))
    assert.strictEqual(error.reason, "NotWritable")
    assert.include(error.what, "notes.md")
    unchanged(folder, files)
  })
)

it.effect("a place that cannot be written is NotWritable with its cause", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    fs.writeFileSync(path.join(folder, "file"), "text")
    const directory = path.join(folder, "file", "trace.moira")
    const error = yield* Effect.flip(write(directory, Stream.fromIterable(before)))
    assert.deepStrictEqual([error.reason, error.where], ["NotWritable", directory])
    assert.include(error.what, "ENOTDIR")
    assert.deepStrictEqual(fs.readdirSync(folder), ["file"])
  })
)

it.effect("tells how far it is", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const events: Array<ProgressEvent> = []
    yield* writeStore(
      { directory: path.join(folder, "x"), model, origin, expected: 10 },
      Stream.fromIterable(before)
    ).pipe(Effect.provideService(Progress, (event) => void events.push(event)))
    assert.deepStrictEqual(
      events.map(({ done, total }) => [done, total]),
      before.map((_, i) => [i + 1, 10])
    )
  })
)

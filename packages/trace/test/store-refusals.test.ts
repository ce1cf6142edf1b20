/** What is no store, or not this one, is refused by a typed error that says so. */
import { assert, it } from "@effect/vitest"
import { sealJson, sha256 } from "@moira/core"
import { makeManifest } from "../src/memory-store.ts"
import { requestRow } from "../src/selections.ts"
import { openStore } from "../src/node/parquet-store.ts"
import { type StoreError } from "../src/store.ts"
import { Effect, Result } from "effect"
import { parquetWriteBuffer } from "hyparquet-writer"
import * as fs from "node:fs"
import * as path from "node:path"
import { damaged, kinds, typedOnly } from "./damage.ts"
import { temporaryDirectory, without } from "@moira/core/testing"
import { origin } from "./traces.ts"

it.effect.each(["selections.parquet", "requests.parquet"])("%s missing, or of another store, or a directory", (name) =>
  Effect.gen(function* () {
    const { directory, file } = yield* damaged(kinds[0]!)
    const other = yield* damaged({ ...kinds[0]!, topK: 7 })
    fs.rmSync(file(name))
    const missing = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.deepStrictEqual([missing.reason, missing.where], ["Corrupt", file(name)])
    assert.include(missing.what, "no such file")
    fs.mkdirSync(file(name))
    assert.strictEqual((yield* Effect.flip(Effect.scoped(openStore(directory)))).reason, "Corrupt")
    fs.rmdirSync(file(name))
    fs.copyFileSync(other.file(name), file(name))
    const foreign = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.strictEqual(foreign.reason, "Corrupt")
    assert.include(foreign.where, file(name))
  })
)

it.effect("Parquet that another program wrote is refused", () =>
  Effect.gen(function* () {
    const { directory, selections } = yield* damaged(kinds[0]!)
    const foreign = parquetWriteBuffer({ columnData: [{ name: "layer", type: "INT32", data: [1, 2] }] })
    fs.writeFileSync(selections, new Uint8Array(foreign))
    const error = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.strictEqual(error.reason, "Corrupt")
    assert.include(error.what, "does not belong to this manifest")
  })
)

it.effect("a manifest that claims other requests than the table has", () =>
  Effect.gen(function* () {
    const { directory, file, model, requests } = yield* damaged(kinds[0]!)
    const { seals } = JSON.parse(fs.readFileSync(file("manifest.json"), "utf8"))
    const claim = (claimed: typeof requests) => {
      const rows = claimed.map((request) => requestRow(request, sha256(request.ids)))
      const manifest = { ...makeManifest(model, rows, 0, origin), seals }
      fs.writeFileSync(file("manifest.json"), sealJson(manifest, "manifestSha256"))
    }
    claim(requests.slice(1))
    const fewer = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.strictEqual(fewer.reason, "Corrupt")
    assert.include(fewer.what, "5 rows where the manifest says 4 requests")
    claim(requests.map((request) => ({ ...request, decodeTokens: request.decodeTokens + 1 })))
    const longer = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.strictEqual(longer.reason, "Corrupt")
    assert.include(longer.what, "counts")
  })
)

const manifests: ReadonlyArray<
  readonly [name: string, change: (manifest: any) => unknown, reason: StoreError["reason"], says: string]
> = [
  ["of another version", (m) => ({ ...m, version: 3 }), "WrongVersion", "version 3"],
  ["without a version", (m) => without(m, "version"), "WrongVersion", "undefined"],
  ["of another program", () => ({ name: "web app", icons: [] }), "NotAStore", "missing"],
  ["of another schema", (m) => ({ ...m, schema: "other" }), "NotAStore", '"other"'],
  ["that is null", () => null, "NotAStore", "missing"],
  ["that is a list", () => [1], "NotAStore", "missing"],
  ["with an unknown field", (m) => ({ ...m, colour: "red" }), "Corrupt", "colour"],
  ["with an unknown field inside", (m) => ({ ...m, counts: { ...m.counts, ids: 1 } }), "Corrupt", "ids"],
  ["without counts", (m) => without(m, "counts"), "Corrupt", "counts"],
  ["with a fraction of a request", (m) => ({ ...m, counts: { ...m.counts, requests: 4.5 } }), "Corrupt", "requests"],
  ["with a negative count", (m) => ({ ...m, counts: { ...m.counts, decodeTokens: -1 } }), "Corrupt", "decodeTokens"],
  ["with an impossible model", (m) => ({ ...m, model: { ...m.model, topK: 999 } }), "Corrupt", "topK"],
  ["with layers that its model has not", (m) => ({ ...m, layers: [1, 2, 3] }), "Corrupt", "layers"],
  ["without seals", (m) => without(m, "seals"), "Corrupt", "does not belong"],
  ["that names another table", (m) => ({ ...m, files: { ...m.files, requests: "../a" } }), "Corrupt", "requests"],
  ["with another hash", (m) => ({ ...m, contentSha256: "0".repeat(64) }), "Corrupt", "contentSha256"],
  ["with other groups", (m) => ({ ...m, groups: m.groups.slice(1) }), "Corrupt", "groups"]
]

it.effect.each(manifests)("a manifest %s", ([, change, reason, says]) =>
  Effect.gen(function* () {
    const { directory, file } = yield* damaged(kinds[0]!)
    const { manifestSha256: _, ...manifest } = JSON.parse(fs.readFileSync(file("manifest.json"), "utf8"))
    const changed = change(manifest)
    const sealed = typeof changed === "object" && changed !== null && !Array.isArray(changed)
    fs.writeFileSync(file("manifest.json"), sealed ? sealJson(changed, "manifestSha256") : JSON.stringify(changed))
    const error = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.strictEqual(error.reason, reason)
    assert.include(error.what, says)
    assert.include(error.where, directory)
  })
)

it.effect.each([
  ["a digit", (text: string) => text.replace(/"hidden": \d/, '"hidden": 77')],
  ["its version", (text: string) => text.replace('"version": 2', '"version": 3')],
  ["its schema", (text: string) => text.replace('"moira-store"', '"moira-stors"')],
  ["a space", (text: string) => text.replace('"version": 2', '"version":  2')],
  ["its own digest", (text: string) => text.replace(/"manifestSha256": "./, '"manifestSha256": "x')],
  ["the name of its digest", (text: string) => text.replace("manifestSha256", "manifestSha255")]
] as const)("a manifest in which %s was changed says so", ([, change]) =>
  Effect.gen(function* () {
    const { directory, file } = yield* damaged(kinds[0]!)
    const text = fs.readFileSync(file("manifest.json"), "utf8")
    assert.notStrictEqual(change(text), text)
    fs.writeFileSync(file("manifest.json"), change(text))
    const error = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.deepStrictEqual([error.reason, error.where], ["Corrupt", file("manifest.json")])
    assert.include(error.what, "changed after it was written")
  })
)

it.effect("text that is no JSON", () =>
  Effect.gen(function* () {
    const { directory, file } = yield* damaged(kinds[0]!)
    fs.writeFileSync(file("manifest.json"), "{")
    const error = yield* Effect.flip(Effect.scoped(openStore(directory)))
    assert.deepStrictEqual([error.reason, error.where], ["Corrupt", file("manifest.json")])
  })
)

it.effect("no directory, an empty one, a file", () =>
  Effect.gen(function* () {
    const here = yield* temporaryDirectory
    const reasonOf = (target: string) => Effect.map(Effect.flip(Effect.scoped(openStore(target))), (e) => e.reason)
    assert.strictEqual(yield* reasonOf(path.join(here, "absent")), "NotFound")
    assert.strictEqual(yield* reasonOf(here), "NotAStore")
    fs.writeFileSync(path.join(here, "file"), "x")
    assert.strictEqual(yield* reasonOf(path.join(here, "file")), "NotAStore")
  })
)

it.effect("reading after the scope closed is a typed error", () =>
  Effect.gen(function* () {
    const { directory } = yield* damaged(kinds[0]!)
    const reader = yield* Effect.scoped(openStore(directory))
    const outcome = yield* typedOnly(reader.read({ layer: 1 }))
    assert.isTrue(Result.isFailure(outcome))
  })
)

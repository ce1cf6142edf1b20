/** `moira check`: stores, results and folders of them. */
import { assert, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll } from "vitest"
import { inScratch, moira, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const folder = inScratch("checked")
const store = path.join(folder, "a", "twin.moira")
const result = path.join(folder, "simulation.json")

const made = async (): Promise<void> => {
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(path.join(folder, "a"), { recursive: true })
  const shape = ["--model", "gpt-oss-20b", "--requests", "4", "--prefill", "5", "--decode", "6"]
  assert.strictEqual((await moira("synth", ...shape, "--out", store)).code, 0)
  const machine = ["--machine", "dojo", "--strategy", "base", "--batch", "8", "--steps", "2"]
  assert.strictEqual((await moira("simulate", store, ...machine, "--out", folder)).code, 0)
  fs.writeFileSync(path.join(folder, "notes.json"), '{"mine": true}')
  fs.writeFileSync(path.join(folder, "picture.svg"), "<svg/>")
}

const check = async (...args: ReadonlyArray<string>) => {
  const { code, stdout, stderr } = await moira("check", ...args, "--json")
  return { code, stderr, checked: JSON.parse(stdout).checked as ReadonlyArray<any> }
}

it("a folder in which all is as it was written, other files passed over", async () => {
  await made()
  const { code, checked } = await check(folder)
  assert.strictEqual(code, 0)
  assert.deepStrictEqual(
    checked.map(({ path: at, holds, state }) => [at, holds, state]),
    [
      [store, "trace", "right"],
      [result, "result", "right"]
    ]
  )
  const { stdout } = await moira("check", store)
  assert.match(stdout, /4 requests, 24 row groups +right/)
})

it("everything that is wrong is listed, and the exit code is 1", async () => {
  await made()
  fs.writeFileSync(result, fs.readFileSync(result, "utf8").replace(/("throughput_tokens_per_s": ?)/, "$19"))
  const table = path.join(store, "selections.parquet")
  const bytes = fs.readFileSync(table)
  bytes[bytes.length >> 1]! ^= 1
  fs.writeFileSync(table, bytes)
  const { code, checked, stderr } = await check(folder)
  assert.strictEqual(code, 1)
  assert.match(stderr, /2 of 2 checked are not as written/)
  assert.deepStrictEqual(
    checked.map(({ state }) => state),
    ["wrong", "wrong"]
  )
  assert.include(checked[0].problems[0].where, table)
  assert.include(checked[1].problems[0].what, "changed after it was written")
  const { stdout } = await moira("check", store)
  assert.include(stdout, table)
})

it("a result without a digest is told as such, and refused by nobody", async () => {
  await made()
  const { digest: _, ...old } = JSON.parse(fs.readFileSync(result, "utf8"))
  fs.writeFileSync(result, JSON.stringify(old))
  const { code, checked } = await check(result)
  assert.deepStrictEqual([code, checked[0].state], [0, "unsealed"])
  assert.strictEqual((await moira("report", result, "--out", inScratch("report"), "--format", "md")).code, 0)
})

it("what is neither a store nor a result", async () => {
  await made()
  assert.strictEqual((await check(path.join(folder, "notes.json"))).code, 1)
  const empty = path.join(folder, "a", "empty")
  fs.mkdirSync(empty)
  const nothing = await moira("check", empty)
  assert.strictEqual(nothing.code, 1)
  assert.match(nothing.stderr, /no store and no result/)
  assert.strictEqual((await moira("check", path.join(folder, "absent"))).code, 1)
})

it("a store that another version wrote is to be rewritten", async () => {
  await made()
  const file = path.join(store, "manifest.json")
  const { manifestSha256: _, ...manifest } = JSON.parse(fs.readFileSync(file, "utf8"))
  fs.writeFileSync(file, JSON.stringify({ ...manifest, version: 1 }))
  const { code, checked } = await check(store)
  assert.deepStrictEqual([code, checked[0].state], [1, "old"])
  assert.include(checked[0].problems[0].hint, "--migrate")
  // It says that it is of version 1, but is not: nothing is made of it.
  const migrated = await moira("check", store, "--migrate")
  assert.strictEqual(migrated.code, 1)
  assert.include(migrated.stderr, "manifest.json")
})

import { assert, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { makeDirectory } from "../src/node/make-directory.ts"

it("makes what is missing, and is content with what is there", () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "moira-directory-"))
  try {
    const deep = path.join(root, "a", "b", "c")
    makeDirectory(deep)
    makeDirectory(deep)
    assert.isTrue(fs.statSync(deep).isDirectory())
    fs.writeFileSync(path.join(root, "file"), "")
    assert.throws(() => makeDirectory(path.join(root, "file")), /EEXIST/)
    assert.throws(() => makeDirectory(path.join(root, "file", "x")), /ENOTDIR/)
  } finally {
    fs.rmSync(root, { recursive: true })
  }
})

it.runIf(process.platform === "linux")("gives up where the file system knows no such directory", () => {
  assert.throws(() => makeDirectory("/proc/moira/x"), /ENOENT/)
})

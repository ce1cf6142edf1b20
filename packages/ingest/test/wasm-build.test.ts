/** The committed WebAssembly is what its source compiles to, to the byte. */
import { assert, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

it("compiles assembly/match.as to src/formats/patterns-json/matcher.wasm.ts", () => {
  const { status, stderr } = spawnSync(process.execPath, [at("../scripts/build-wasm.mjs"), "--check"], {
    encoding: "utf8"
  })
  assert.strictEqual(status, 0, stderr)
})

it("is small, needs nothing of its host and shows three functions and its memory", () => {
  const text = fs.readFileSync(at("../src/formats/patterns-json/matcher.wasm.ts"), "utf8")
  const code = Buffer.from(/"([^"]+)"/.exec(text)![1]!, "base64")
  assert.isBelow(code.length, 16_384)
  const { Module } = (globalThis as unknown as { readonly WebAssembly: WasmReflection }).WebAssembly
  const module = new Module(code)
  assert.deepStrictEqual(Module.imports(module), [])
  const names = Module.exports(module).map(({ name }) => name)
  assert.deepStrictEqual(names.toSorted(), ["end", "gather", "match", "memory"])
})

interface WasmReflection {
  readonly Module: {
    new (code: Uint8Array): object
    readonly imports: (module: object) => ReadonlyArray<{ readonly name: string }>
    readonly exports: (module: object) => ReadonlyArray<{ readonly name: string }>
  }
}

/** The committed WebAssembly is what its source compiles to, to the byte. */
import { assert, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

it("compiles assembly/forecast.as and what it imports to src/kernels/forecast.wasm.ts", () => {
  const script = fileURLToPath(new URL("../scripts/build-wasm.mjs", import.meta.url))
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" })
  assert.strictEqual(status, 0, stderr)
})

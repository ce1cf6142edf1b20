// Compiles assembly/match.as to WebAssembly and writes it, as base64, to src/patterns/matcher.wasm.ts, which is committed
// so that the package runs from source. With --check it writes nothing and fails when that file is not what it would write.
import { createMemoryStream, main } from "assemblyscript/asc"
import { readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const folder = join(dirname(fileURLToPath(import.meta.url)), "..")
const target = join(folder, "src", "patterns", "matcher.wasm.ts")

// The table of rows lies at 64 KiB and takes 128 KiB, others 128 KiB; templates and files follow, placed by the host.
const options = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--enable", "simd", "--initialMemory", "5"]

const compile = async () => {
  const outputs = new Map()
  const said = createMemoryStream()
  const { error } = await main(["match.ts", "--outFile", "match.wasm", ...options], {
    readFile: (name, base) => {
      try {
        // The compiler only knows .ts; the file is .as, so that no TypeScript tool takes it for TypeScript.
        return readFileSync(join(folder, "assembly", base, name.replace(/\.ts$/, ".as")), "utf8")
      } catch {
        return null
      }
    },
    writeFile: (name, contents) => outputs.set(name, contents),
    listFiles: () => [],
    stderr: said
  })
  if (error) throw new Error(`match.ts does not compile\n${said.toString()}`, { cause: error })
  return Buffer.from(outputs.get("match.wasm"))
}

const text = `// Generated from assembly/match.as by scripts/build-wasm.mjs; do not edit.
export const matcherWasm =
  "${(await compile()).toString("base64")}"
`

if (!process.argv.includes("--check")) {
  const before = (() => {
    try {
      return readFileSync(target, "utf8")
    } catch {
      return ""
    }
  })()
  if (before !== text) writeFileSync(target, text)
} else if (readFileSync(target, "utf8") !== text) {
  console.error("src/patterns/matcher.wasm.ts is not what assembly/match.as compiles to; run scripts/build-wasm.mjs")
  process.exitCode = 1
}

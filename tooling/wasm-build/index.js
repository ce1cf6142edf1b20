// Compiles AssemblyScript sources of a package to WebAssembly, written as base64 into modules that are committed, so that
// packages run from source. With --check nothing is written, and a module that is not what its source gives fails.
// The compiler is handed in, so that each package depends on it itself.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const options = ["-O3", "--converge", "--noAssert", "--runtime", "stub"]

const compile = async ({ createMemoryStream, main }, folder, name, extra) => {
  const outputs = new Map()
  const said = createMemoryStream()
  const { error } = await main([`${name}.ts`, "--outFile", `${name}.wasm`, ...options, ...extra], {
    readFile: (file, base) => {
      try {
        // The compiler only knows .ts; the file is .as, so that no TypeScript tool takes it for TypeScript.
        return readFileSync(join(folder, "assembly", base, file.replace(/\.ts$/, ".as")), "utf8")
      } catch {
        return null
      }
    },
    writeFile: (file, contents) => outputs.set(file, contents),
    listFiles: () => [],
    stderr: said
  })
  if (error) throw new Error(`${name}.as does not compile\n${said.toString()}`, { cause: error })
  return Buffer.from(outputs.get(`${name}.wasm`))
}

const textOf = (file) => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return ""
  }
}

const build = async (compiler, folder, { name, target, constant, options: extra }) => {
  const code = (await compile(compiler, folder, name, extra)).toString("base64")
  const text = `// Generated from assembly/${name}.as by scripts/build-wasm.mjs; do not edit.\nexport const ${constant} =\n  "${code}"\n`
  const file = join(folder, target)
  if (textOf(file) === text) return
  if (process.argv.includes("--check")) {
    console.error(`${target} is not what assembly/${name}.as compiles to; run scripts/build-wasm.mjs`)
    process.exitCode = 1
  } else writeFileSync(file, text)
}

/** `sources`: `{ name, target, constant, options }`, of `assembly/<name>.as` and the module `target` that it becomes. */
export const buildWasm = async (compiler, folder, sources) => {
  await Promise.all(sources.map((source) => build(compiler, folder, source)))
}

// Compiles assembly/tokens.as to src/tokens/tokens.wasm.ts; --check only compares.
import * as compiler from "assemblyscript/asc"
import { fileURLToPath } from "node:url"
import { buildWasm } from "@moira/wasm-build"

await buildWasm(compiler, fileURLToPath(new URL("..", import.meta.url)), [
  {
    name: "tokens",
    target: "src/tokens/tokens.wasm.ts",
    constant: "tokensWasm",
    options: ["--initialMemory", "1", "--enable", "simd"]
  }
])

// Compiles assembly/kernels.as to src/kernels/kernels.wasm.ts; --check only compares.
import * as compiler from "assemblyscript/asc"
import { fileURLToPath } from "node:url"
import { buildWasm } from "@moira/wasm-build"

await buildWasm(compiler, fileURLToPath(new URL("..", import.meta.url)), [
  {
    name: "kernels",
    target: "src/kernels/kernels.wasm.ts",
    constant: "kernelsWasm",
    options: ["--initialMemory", "1", "--enable", "simd,bulk-memory"]
  }
])

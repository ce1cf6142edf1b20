// Compiles assembly/route.as to src/engines/route.wasm.ts; --check only compares.
import * as compiler from "assemblyscript/asc"
import { fileURLToPath } from "node:url"
import { buildWasm } from "@moira/wasm-build"

await buildWasm(compiler, fileURLToPath(new URL("..", import.meta.url)), [
  {
    name: "route",
    target: "src/engines/route.wasm.ts",
    constant: "routeWasm",
    options: ["--initialMemory", "1", "--enable", "simd"]
  }
])

// Compiles assembly/forecast.as to src/kernels/forecast.wasm.ts; --check only compares.
import * as compiler from "assemblyscript/asc"
import { fileURLToPath } from "node:url"
import { buildWasm } from "@moira/wasm-build"

await buildWasm(compiler, fileURLToPath(new URL("..", import.meta.url)), [
  {
    name: "forecast",
    target: "src/kernels/forecast.wasm.ts",
    constant: "forecastWasm",
    options: ["--initialMemory", "1", "--enable", "simd"]
  }
])

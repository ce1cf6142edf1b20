// Compiles assembly/match.as to src/formats/patterns-json/matcher.wasm.ts; --check only compares.
import * as compiler from "assemblyscript/asc"
import { fileURLToPath } from "node:url"
import { buildWasm } from "@moira/wasm-build"

await buildWasm(compiler, fileURLToPath(new URL("..", import.meta.url)), [
  {
    name: "match",
    target: "src/formats/patterns-json/matcher.wasm.ts",
    constant: "matcherWasm",
    // The table of rows lies at 64 KiB and takes 128 KiB, others 128 KiB; templates and files follow, placed by the host.
    options: ["--enable", "simd", "--initialMemory", "5"]
  }
])

import { defineConfig } from "tsup"

/** Library preset: ESM only, one file per entry, types come from `tsc` (TypeScript 7 has no JS API for tsup's dts). */
export const library = (overrides = {}) =>
  defineConfig({
    entry: ["src/index.ts"],
    format: ["esm"],
    target: "node22",
    platform: "node",
    sourcemap: true,
    clean: true,
    splitting: true,
    treeshake: false,
    dts: false,
    ...overrides
  })

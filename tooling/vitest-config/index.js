import { defineConfig, mergeConfig } from "vitest/config"

const conditions = ["@moira/source", "module", "node", "development|production"]

/** Tests run from source: workspace packages resolve through the "@moira/source" export condition. */
export const project = (overrides = {}) =>
  mergeConfig(
    defineConfig({
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      test: { include: ["test/**/*.test.ts"], benchmark: { include: ["test/**/*.bench.ts"] } }
    }),
    overrides
  )

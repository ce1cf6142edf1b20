import { defineConfig, mergeConfig } from "vitest/config"

const conditions = ["@moira/source", "module", "node", "development|production"]

/**
 * Tests run from source: workspace packages resolve through the "@moira/source" export condition. The time limits find what
 * hangs, not what is slow: a test that takes a second alone takes many on a busy machine.
 */
export const project = (overrides = {}) =>
  mergeConfig(
    defineConfig({
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      test: {
        include: ["test/**/*.test.ts"],
        testTimeout: 120_000,
        hookTimeout: 120_000,
        benchmark: { include: ["test/**/*.bench.ts"] }
      }
    }),
    overrides
  )

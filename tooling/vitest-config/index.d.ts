import type { ViteUserConfig } from "vitest/config"
export declare const project: (overrides?: ViteUserConfig) => ViteUserConfig

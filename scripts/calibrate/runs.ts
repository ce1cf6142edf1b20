// Runs of the wafer case study for calibrations: twins as `reproduce` makes them, simulated as in Figure 12.
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..")
/** Twins and made-up strategies are kept here. */
export const folder = join(root, "out", "calibrate")
mkdirSync(folder, { recursive: true })

export interface Run {
  readonly strategy: { readonly name: string }
  readonly machine: { readonly name: string }
  readonly batch: number
  readonly metrics: Readonly<Record<"throughput_tokens_per_s" | "layer_time_ps", number>>
}

const moira = (...args: ReadonlyArray<string>): string =>
  execFileSync(
    process.execPath,
    ["--conditions=@moira/source", join(root, "packages/cli/src/bin.ts"), ...args, "--quiet"],
    {
      encoding: "utf8",
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "ignore"]
    }
  )

const storeOf = (model: string): string => {
  const store = join(folder, `${model}-en-zh.moira`)
  const recipe = ["--requests", "256", "--prefill", "24", "--decode", "64", "--language", "en,zh", "--seed", "1"]
  if (!existsSync(store)) moira("synth", "--model", model, ...recipe, "--out", store)
  return store
}

/** Batches of 4,096 to 16,384 of a model's twin. */
export const simulated = (
  model: string,
  machines: ReadonlyArray<string>,
  strategies: ReadonlyArray<string>,
  steps: string
): ReadonlyArray<Run> => {
  const text = moira(
    "simulate",
    storeOf(model),
    "--machine",
    machines.join(),
    "--strategy",
    strategies.join(),
    "--steps",
    steps,
    ..."--batch 4096,8192,16384 --network flow --token-traffic ignored --bytes-per-weight 2 --json".split(" ")
  )
  return (JSON.parse(text) as { readonly runs: ReadonlyArray<Run> }).runs
}

/** What is compared: traces, machines, batches, strategies, and what each is given. */

export const models: ReadonlyArray<string> = ["deepseek-v3", "kimi-k2", "llama4-maverick", "qwen3-235b"]

/** Machines, with the network that times weights: on a cluster reads are few, and the exchange has laws of its own. */
export const places: ReadonlyArray<{
  readonly machine: string
  readonly network: string
  readonly flags: ReadonlyArray<string>
}> = [
  { machine: "dojo", network: "flow", flags: ["--token-traffic", "ignored"] },
  { machine: "tsmc-sow", network: "flow", flags: ["--token-traffic", "ignored"] },
  { machine: "dojo-enhanced", network: "flow", flags: ["--token-traffic", "ignored"] },
  { machine: "dgx-h200x4", network: "bottleneck", flags: [] },
  { machine: "gb200-nvl72", network: "bottleneck", flags: [] }
]

export const batches: ReadonlyArray<number> = [1024, 4096, 16_384]
export const steps = 8

/** Strategies that make copies ahead run with several limits; the best of them counts, as if one had known. */
export const rivals: ReadonlyArray<string> = ["eplb", "lplb", "metro"]

export const sweeps: ReadonlyArray<{
  readonly id: string
  readonly strategies: ReadonlyArray<string>
  readonly copies: number | undefined
}> = [
  {
    id: "all",
    strategies: ["ep", "base", "ep-largest-first", "allo+pred", "allo+pred-overlap", "allo-copies", ...rivals, "moira"],
    copies: undefined
  },
  { id: "copies-4", strategies: ["ep", ...rivals], copies: 4 }
]

/** A run as the result document has it, and whose it is. */
export interface Run {
  readonly trace: string
  readonly copies: number | undefined
  readonly machine: { readonly name: string }
  readonly strategy: { readonly name: string }
  readonly batch: number
  readonly metrics: Readonly<Record<string, number>>
}

/** Balance under the three definitions of serving engines. */
import { balancedness } from "../loads/unit-loads.ts"

export interface Balances {
  readonly sglang: number
  readonly vllm: number
  readonly tensorrt: number
}

/** What the three names mean, for printing beside every value; loads are tokens a living unit computes in one layer. */
export const balanceFormulas: Readonly<Record<keyof Balances, string>> = {
  sglang: "mean over layers of mean(load) / max(load); 1 is even, higher is better",
  vllm: "mean over layers of max(load) / mean(load); 1 is even, lower is better",
  tensorrt: "mean over layers of (max(load) - mean(load)) / mean(load); 0 is even, lower is better"
}

/** All three over layers; a layer without load counts as even. */
export const balances = (layers: ReadonlyArray<ArrayLike<number>>, live?: number): Balances => {
  let [sglang, vllm, tensorrt] = [0, 0, 0]
  for (const loads of layers) {
    const balance = balancedness(loads, live)
    sglang += balance
    vllm += 1 / balance
    // max / mean - 1, written so that an even layer is exactly 0.
    tensorrt += (1 - balance) / balance
  }
  const n = Math.max(1, layers.length)
  return { sglang: sglang / n, vllm: vllm / n, tensorrt: tensorrt / n }
}

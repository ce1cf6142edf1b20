/**
 * Key concept: a strategy is plain data: names of a placement, an allocator and what becomes of copies.
 *
 * [1] names are built-in names, package names, or paths seen from this file: `./mine.ts` lies beside it.
 */
import { type Strategy } from "@moira/simulator"

const strategy: Strategy = {
  contract: "strategy/v1",
  name: "own-strategy",
  title: "Own strategy: dealt out in turn, the study's Algorithm 1",
  placement: "round-robin", // [1]
  allocator: "algorithm-1"
}

export default strategy

/** What simulated decode steps are measured by. */
import { metric, type Metrics } from "./metric.ts"

export const simulationMetrics: Metrics = new Map([
  metric(
    "throughput_tokens_per_s",
    "MoE-layer decode throughput",
    "tokens/s",
    "higher",
    "decode tokens of all steps divided by the simulated time of all their MoE layers"
  ),
  metric(
    "time_ps",
    "Simulated time",
    "ps",
    "lower",
    "sum over decode steps and MoE layers of the layer step's makespan"
  ),
  metric(
    "decision_time_ps",
    "Decision time",
    "ps",
    "lower",
    "what the allocator's decisions took: part of the simulated time, or in parallel with a first read"
  ),
  metric("layer_time_ps", "Layer step time", "ps", "lower", "mean makespan of one MoE layer of one decode step"),
  metric("tokens", "Decode tokens", "tokens", "neither", "decode tokens simulated: requests alive, summed over steps"),
  metric("flop", "Expert arithmetic", "FLOP", "neither", "6 x hidden x ffn for every token of every expert"),
  metric(
    "hops",
    "Expert hops",
    "hops",
    "lower",
    "sum over fetches of expert weights of the links crossed (on a mesh the Manhattan distance)"
  ),
  metric("byte_hops", "Byte hops", "B", "lower", "expert weight bytes times the links they cross"),
  metric(
    "token_hops",
    "Token hops",
    "hops",
    "lower",
    "links crossed by activations, dispatch and combine, one a message"
  ),
  metric("token_bytes", "Token bytes", "B", "lower", "activation bytes sent between units, dispatch and combine"),
  metric("dram_local_read_bytes", "Local DRAM reads", "B", "neither", "expert weights read from the unit's own memory"),
  metric("dram_remote_read_bytes", "Remote DRAM reads", "B", "lower", "expert weights read from another unit's memory"),
  metric(
    "dram_local_write_bytes",
    "Local DRAM writes",
    "B",
    "lower",
    "expert weights written to local memory as copies"
  ),
  metric(
    "seed_bytes",
    "Copied before decode",
    "B",
    "lower",
    "expert weights copied to other units before the first step"
  ),
  metric("seed_hops", "Hops before decode", "hops", "lower", "links crossed by copies made before the first step"),
  metric("llc_hit_bytes", "Found in last-level caches", "B", "higher", "expert weights that no memory had to give"),
  metric(
    "energy_j",
    "Energy",
    "J",
    "lower",
    "energy of DRAM, links and arithmetic, as far as the machine gives a price for each, and absent where it gives none; never with idle power, leakage, caches or routers"
  ),
  metric(
    "energy_memory_j",
    "Energy of DRAM",
    "J",
    "lower",
    "bits of expert weights read from and written to DRAM, copies before decode too, times the machine's price of a bit"
  ),
  metric(
    "energy_link_j",
    "Energy of links",
    "J",
    "lower",
    "bits of weights, commands and activations times the links they cross, copies before decode too, times the machine's price of a bit"
  ),
  metric(
    "energy_compute_j",
    "Energy of arithmetic",
    "J",
    "lower",
    "FLOP times the machine's price of one, often an upper bound with a whole board's power in it"
  ),
  metric(
    "link_utilisation",
    "Link utilisation",
    "1",
    "neither",
    "busiest link: bytes over bandwidth times simulated time"
  ),
  metric("unit_busy", "Unit busy", "1", "higher", "mean over units of compute time over simulated time"),
  metric(
    "balancedness",
    "Balancedness",
    "1",
    "higher",
    "mean over layer steps of mean / max tokens computed by a unit; 1 is perfect balance"
  ),
  metric(
    "speedup",
    "Speed-up over base",
    "1",
    "higher",
    "throughput over that of `base` on the same machine and batch"
  ),
  metric(
    "hop_reduction",
    "Hop reduction over base",
    "1",
    "higher",
    "hops of `base` over hops; absent where hops are 0"
  ),
  metric(
    "lower_bound_ratio",
    "Time over lower bound",
    "1",
    "lower",
    "simulated time over the lower bound of the makespan"
  )
])

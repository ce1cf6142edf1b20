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
  metric(
    "flop",
    "Expert arithmetic",
    "FLOP",
    "neither",
    "2 a parameter of every expert for every token of it: 6 x hidden x ffn, 4 x where experts have no gate"
  ),
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
    "copy_bytes",
    "Copied ahead",
    "B",
    "lower",
    "expert weights read from another unit only to be kept; part of remote reads, and written to local memory"
  ),
  metric(
    "copies_held",
    "Copies held",
    "experts",
    "neither",
    "copies of experts of one layer on a unit at the end of the run, beside the first of each, mean over layers and units"
  ),
  metric(
    "in_flight_bytes",
    "In flight",
    "B",
    "lower",
    "most expert weights that a unit may have under way from other units at one time"
  ),
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
    "bits of expert weights read from and written to DRAM, times the machine's price of a bit"
  ),
  metric(
    "energy_link_j",
    "Energy of links",
    "J",
    "lower",
    "bits of weights, commands and activations times the links they cross, times the machine's price of a bit"
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
    "Speed-up",
    "1",
    "higher",
    "throughput over that of the baseline (`ep` unless another is named) on the same machine and batch"
  ),
  metric(
    "speedup_over_base",
    "Speed-up over Base",
    "1",
    "higher",
    "throughput over that of `base`, the study's baseline, on the same machine and batch"
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
  ),
  metric(
    "bound_arithmetic_share",
    "Bound by arithmetic",
    "1",
    "neither",
    "share of the simulated time that even arithmetic takes, where it takes longer than even reading"
  ),
  metric(
    "bound_reading_share",
    "Bound by reading",
    "1",
    "neither",
    "share of the simulated time that even reading of memories takes, where it takes longer than even arithmetic"
  ),
  metric(
    "bound_imbalance_share",
    "Bound by imbalance",
    "1",
    "lower",
    "share of the simulated time by which the busiest unit's arithmetic or reading is above the even one"
  ),
  metric(
    "bound_link_share",
    "Bound by links",
    "1",
    "lower",
    "share of the simulated time by which the busiest link takes longer than the busiest unit"
  ),
  metric(
    "bound_exchange_share",
    "Bound by exchange",
    "1",
    "lower",
    "share of the simulated time of dispatch and combine, where they are barriers around the experts"
  ),
  metric(
    "bound_decision_share",
    "Bound by decisions",
    "1",
    "lower",
    "share of the simulated time of decisions that are not hidden behind a first read"
  ),
  metric(
    "bound_latency_share",
    "Bound by latency",
    "1",
    "lower",
    "the rest of the simulated time: first reads, hops, and reads that wait for each other"
  )
])

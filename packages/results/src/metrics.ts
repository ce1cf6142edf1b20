/** The one table of metrics that documents, `--help`, reports and the viewer read. */

export interface Metric {
  readonly id: string
  readonly title: string
  readonly unit: string
  readonly definition: string
  readonly better: "higher" | "lower" | "neither"
}

const metric = (
  id: string,
  title: string,
  unit: string,
  better: Metric["better"],
  definition: string
): readonly [string, Metric] => [id, { id, title, unit, better, definition }]

export const metrics: ReadonlyMap<string, Metric> = new Map([
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
  ),
  metric(
    "coverage_top20",
    "Top-20 % coverage",
    "1",
    "higher",
    "in sample: share covered by the best 20 % of candidates"
  ),
  metric(
    "coverage_top20_held_out",
    "Held-out coverage",
    "1",
    "higher",
    "chosen on one half of requests, measured on the other"
  ),
  metric("coverage_top20_popularity", "Popularity coverage", "1", "neither", "held out, chosen without conditioning"),
  metric("spearman_rho", "Spearman rho", "1", "higher", "rank correlation with average ranks for ties"),
  metric("overlap_top5", "Top-5 overlap", "1", "higher", "share of prefill's 5 most selected experts among decode's"),
  metric(
    "overlap_top10",
    "Top-10 overlap",
    "1",
    "higher",
    "share of prefill's 10 most selected experts among decode's"
  ),
  metric(
    "overlap_top20",
    "Top-20 overlap",
    "1",
    "higher",
    "share of prefill's 20 most selected experts among decode's"
  ),
  metric("skew_max_over_mean", "Skew", "1", "neither", "selections of the hottest expert over the mean"),
  metric(
    "gini",
    "Gini",
    "1",
    "neither",
    "Gini coefficient of selections over experts: 0 even, 1 - 1 / experts at most"
  ),
  metric(
    "entropy_bits",
    "Entropy",
    "bit",
    "neither",
    "Shannon entropy of the shares of experts; log2 of experts if even"
  ),
  metric(
    "jensen_shannon_distance",
    "Jensen-Shannon distance",
    "1",
    "neither",
    "square root of the divergence, in bits, of two tasks' shares of experts: 0 alike, 1 nothing in common"
  ),
  metric(
    "coactivation_over_random",
    "Strongest pair",
    "1",
    "neither",
    "greatest count of a pair over that of independent choices by popularity, N 2 p_i p_j / (1 - sum of p squared)"
  ),
  metric(
    "coactivation_top10_share",
    "Pair concentration",
    "1",
    "neither",
    "share of co-activations in the top 10 % of pairs"
  ),
  metric(
    "block_contrast",
    "Block contrast",
    "1",
    "neither",
    "held out: pairs inside blocks over what popularity expects, divided by the same of pairs between blocks"
  ),
  metric(
    "adjusted_rand",
    "Adjusted Rand index",
    "1",
    "higher",
    "agreement of found blocks with the router's groups: 1 the same, 0 as by chance"
  ),
  metric(
    "recall_at_k",
    "Recall at k",
    "1",
    "higher",
    "share of decode selections among the k experts that a predictor puts first, on requests it has not seen"
  ),
  metric(
    "hit_rate",
    "Hit rate",
    "1",
    "higher",
    "share of the experts that layer steps need which a cache of some experts holds when they are needed"
  ),
  metric(
    "late_rate",
    "Late rate",
    "1",
    "lower",
    "share of the experts that layer steps need which were fetched ahead and are still on their way"
  ),
  metric(
    "expert_copies",
    "Experts copied",
    "experts",
    "lower",
    "copies of experts into the unit's memory, on demand or ahead"
  ),
  metric(
    "moved_bytes",
    "Bytes moved",
    "B",
    "lower",
    "expert weights copied into the unit's memory, on demand or ahead"
  ),
  metric("moved_bytes_per_token", "Bytes a token", "B", "lower", "bytes moved over decode tokens"),
  metric(
    "stall_share",
    "Stall share",
    "1",
    "lower",
    "share of the simulated time that layer steps wait for experts to arrive"
  ),
  metric(
    "prefetched_experts",
    "Experts fetched ahead",
    "experts",
    "neither",
    "copies that began before their layer step"
  ),
  metric(
    "prefetch_accuracy",
    "Prefetch accuracy",
    "1",
    "higher",
    "share of the experts fetched ahead that the step they were fetched for needs"
  ),
  metric(
    "prefetch_coverage",
    "Prefetch coverage",
    "1",
    "higher",
    "share of the experts copied for a step that needs them whose copies began ahead of it"
  ),
  metric(
    "resident_share",
    "Share of full speed",
    "1",
    "higher",
    "throughput over that with all experts in the unit's own memory"
  )
])

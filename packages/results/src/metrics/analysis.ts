/** What analyses of traces and counts are measured by. */
import { metric, type Metrics } from "./metric.ts"

export const analysisMetrics: Metrics = new Map([
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
    "chosen on one half of requests, measured on the other: of the same tasks"
  ),
  metric(
    "coverage_top20_across_tasks",
    "Coverage across tasks",
    "1",
    "higher",
    "chosen on half of the tasks, measured on the others, both ways"
  ),
  metric("coverage_top20_popularity", "Popularity coverage", "1", "neither", "held out, chosen without conditioning"),
  metric(
    "spearman_rho",
    "Spearman rho",
    "1",
    "higher",
    "rank correlation with average ranks for ties; its ceiling is that of the larger sample with itself, thinned to the smaller"
  ),
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
  )
])

/** What machines are weighed by, beside what runs of them are measured by. */
import { metric, type Metrics } from "./metric.ts"

export const comparisonMetrics: Metrics = new Map([
  metric(
    "energy_per_token_j",
    "Energy a token",
    "J",
    "lower",
    "energy over decode tokens, as far as the machine gives prices: `energy_j` says what is in it and what is not"
  ),
  metric(
    "power_w",
    "Mean power",
    "W",
    "lower",
    "energy over simulated time; never with idle power, leakage, caches or routers"
  ),
  metric("area_mm2", "Area", "mm2", "lower", "area of the machine, as its spec or whoever compares gives it"),
  metric("money", "Money", "money", "lower", "price of the machine, in whatever money whoever compares gives it in"),
  metric("memory_bytes", "Memory", "B", "lower", "memory of all units together, before anything is reserved")
])

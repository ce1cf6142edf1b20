/** Metrics as the one table of metrics names them. */
import { type Metric, metrics } from "@moira/results"

/** A metric of the table; a metric that only a plug-in knows keeps its id as title. */
export const metricOf = (id: string): Metric =>
  metrics.get(id) ?? { id, title: id, unit: "", definition: "not in the table of metrics", better: "neither" }

/** First letter in upper case, for definitions at the start of a sentence. */
export const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`

/** How even the load is and whether that lasts: evidence beside the advice, from the same traffic. */
import { countsImbalance, imbalance, type ImbalanceOptions } from "@moira/spatial"
import { accumulate, type ExpertCounts, traceContext } from "@moira/trace"
import { Effect } from "effect"

/** Of the provided trace. */
export const balanceOfStore = Effect.fn("pipeline.balanceOfStore")(function* (options: ImbalanceOptions) {
  const context = yield* traceContext
  const { balance } = yield* accumulate({ balance: imbalance(context, options) })
  return balance
})

/** Of recordings, each of which chooses for the others; of one, by its steps. */
export const balanceOfCounts = (recordings: ReadonlyArray<ExpertCounts>, options: ImbalanceOptions) =>
  countsImbalance(recordings, options)

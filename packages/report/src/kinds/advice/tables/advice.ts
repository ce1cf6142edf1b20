import { unbroken } from "../../../format.ts"
import { column, table } from "../../../table.ts"
import { adviceOf, boundPart, layoutName } from "../options.ts"

const settingColumns = [column("machine", "Machine", "text"), column("units", "Units", "whole")]

/** The answer of each batch in words, what it rests on, and how to get it. */
export const adviceVerdicts = table(
  { id: "balance_advice", section: "balancing", place: "open", wrap: true },
  (evidence) => ({
    title: "Should balancing be enabled?",
    columns: [
      ...settingColumns,
      column("batch_tokens", "Batch", "whole"),
      column("verdict", "Verdict", "text"),
      column("advised_slots", "Spare slots a unit", "whole"),
      column("because", "Why", "text"),
      column("placed_by", "Placed by", "text"),
      column("judged_on", "Judged on", "text"),
      column("groups", "Judging groups", "whole", true),
      column("optimizer", "Optimizer", "text", true),
      column("commands", "To try it", "text", true)
    ],
    rows: adviceOf(evidence).flatMap(({ advice }) =>
      advice.batches.map((batch) => [
        advice.machine.name,
        advice.units,
        batch.batchTokens,
        batch.verdict,
        batch.advisedSlots,
        unbroken(batch.because),
        advice.fittedOn,
        advice.judgedOn,
        advice.groups,
        advice.optimizer,
        advice.commands.join("; ")
      ])
    )
  })
)

export const adviceOptions = table({ id: "advice_options", section: "balancing", place: "open" }, (evidence) => ({
  title: "What each layout gains at each batch",
  columns: [
    ...settingColumns,
    column("batch_tokens", "Batch", "whole"),
    column("layout", "Layout", "text"),
    column("slots", "Spare slots", "whole", true),
    column("layer_time_ps", "Layer step", "ps"),
    column("speedup", "Speed-up", "factor"),
    column("speedup_low", "95 % from", "factor"),
    column("speedup_high", "95 % to", "factor"),
    column("balancedness", "Balance", "real"),
    column("binds", "Takes longest", "text"),
    column("throughput_tokens_per_s", "Tokens per second", "compact", true),
    column("bytes_per_unit", "Memory a unit", "bytes")
  ],
  rows: adviceOf(evidence).flatMap(({ advice }) =>
    advice.batches.flatMap(({ batchTokens, options }) =>
      options.map((option) => [
        advice.machine.name,
        advice.units,
        batchTokens,
        layoutName(option),
        option.slots,
        option.layerTimePs,
        option.speedup,
        option.interval?.[0] ?? null,
        option.interval?.[1] ?? null,
        option.metrics["balancedness"] ?? null,
        boundPart(option),
        option.metrics["throughput_tokens_per_s"] ?? null,
        option.bytesPerUnit
      ])
    )
  )
}))

/** How even layouts make the load: counts of selections, from which no time follows. */
export const balanceOptions = table({ id: "balance_options", section: "balancing", place: "closed" }, (evidence) => ({
  title: "How even the load is, held out",
  columns: [
    ...settingColumns,
    column("layout", "Layout", "text"),
    column("imbalance", "Most loaded over mean", "factor"),
    column("evenness", "Evener than contiguous", "factor"),
    column("evenness_low", "95 % from", "factor"),
    column("evenness_high", "95 % to", "factor"),
    column("ordered_evenness", "In order", "factor"),
    column("in_sample_evenness", "In sample", "factor"),
    column("bound", "Perfect balance", "factor", true),
    column("still_hot", "Stay hot", "share", true),
    column("method", "How", "text", true)
  ],
  rows: adviceOf(evidence).flatMap(({ advice: { machine, units, balance } }) =>
    (balance?.options ?? []).map((option) => [
      machine.name,
      units,
      layoutName(option),
      option.imbalance,
      option.evenness,
      option.interval?.[0] ?? null,
      option.interval?.[1] ?? null,
      option.orderedEvenness,
      option.inSampleEvenness,
      balance!.bound,
      balance!.persistence.stillHotShare,
      balance!.method
    ])
  )
}))

export const balanceLayersTable = table(
  { id: "balance_layers", section: "balancing", place: "closed" },
  (evidence) => ({
    title: "Balance by layer",
    columns: [
      ...settingColumns,
      column("layer", "Layer", "whole"),
      column("degenerate", "Degenerate", "flag"),
      column("contiguous", "Contiguous", "factor"),
      column("balanced", "Balanced", "factor"),
      column("hot", "Hot experts", "real"),
      column("still_hot", "Still hot", "real")
    ],
    rows: adviceOf(evidence).flatMap(({ advice: { machine, units, balance } }) =>
      (balance?.layers ?? []).map(({ layer, degenerate, contiguous, balanced, hot, stillHot }) => [
        machine.name,
        units,
        layer,
        degenerate,
        contiguous,
        balanced,
        hot,
        stillHot
      ])
    )
  })
)

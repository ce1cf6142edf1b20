import { unbroken } from "../../../format.ts"
import { column, table } from "../../../table.ts"
import { adviceOf, layoutName } from "../options.ts"

const settingColumns = [column("units", "Units", "whole"), column("phase", "Phase", "text")]

/** The answer in words, and what it does not speak of. */
export const adviceVerdicts = table(
  { id: "balance_advice", section: "balancing", place: "open", wrap: true },
  (evidence) => ({
    title: "Should balancing be enabled?",
    columns: [
      ...settingColumns,
      column("verdict", "Verdict", "text"),
      column("sentence", "Why", "text"),
      column("advised_slots", "Spare slots a unit", "whole"),
      column("method", "How", "text"),
      column("leaves_out", "What this leaves out", "text"),
      column("bound", "Perfect balance", "factor", true),
      column("still_hot", "Stay hot", "share", true),
      column("retained", "Gain kept held out", "share", true),
      column("retained_in_order", "Gain kept in order", "share", true)
    ],
    rows: adviceOf(evidence).map(({ phase, advice }) => [
      advice.units,
      phase,
      advice.verdict,
      unbroken(advice.sentence),
      advice.advisedSlots,
      advice.method,
      unbroken(advice.leavesOut.join(" ")),
      advice.bound,
      advice.persistence.stillHotShare,
      advice.persistence.retained,
      advice.persistence.retainedInOrder
    ])
  })
)

export const adviceOptions = table({ id: "balance_options", section: "balancing", place: "open" }, (evidence) => ({
  title: "What each layout gains",
  columns: [
    ...settingColumns,
    column("layout", "Layout", "text"),
    column("slots", "Spare slots", "whole", true),
    column("imbalance", "Most loaded over mean", "factor"),
    column("gain", "Gain, held out", "factor"),
    column("gain_low", "95 % from", "factor"),
    column("gain_high", "95 % to", "factor"),
    column("ordered_gain", "In order", "factor"),
    column("in_sample_gain", "In sample", "factor"),
    column("bytes_per_unit", "Memory a unit", "bytes")
  ],
  rows: adviceOf(evidence).flatMap(({ phase, advice }) =>
    advice.options.map((option) => [
      advice.units,
      phase,
      layoutName(option),
      option.slots,
      option.imbalance,
      option.gain,
      option.interval?.[0] ?? null,
      option.interval?.[1] ?? null,
      option.orderedGain,
      option.inSampleGain,
      option.bytesPerUnit
    ])
  )
}))

export const adviceLayers = table({ id: "balance_layers", section: "balancing", place: "closed" }, (evidence) => ({
  title: "Balance by layer",
  columns: [
    ...settingColumns,
    column("layer", "Layer", "whole"),
    column("degenerate", "Degenerate", "flag"),
    column("contiguous", "Contiguous", "factor"),
    column("advised", "Advised", "factor"),
    column("hot", "Hot experts", "real"),
    column("still_hot", "Still hot", "real")
  ],
  rows: adviceOf(evidence).flatMap(({ phase, advice }) =>
    advice.layers.map(({ layer, degenerate, contiguous, advised, hot, stillHot }) => [
      advice.units,
      phase,
      layer,
      degenerate,
      contiguous,
      advised,
      hot,
      stillHot
    ])
  )
}))

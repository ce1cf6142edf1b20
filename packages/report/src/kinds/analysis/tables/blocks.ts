import type { BlockPartition } from "@moira/results"
import { spatialOf } from "../found.ts"
import { type Cell, column, table } from "../../../table.ts"

const columns = [
  column("found", "Found", "flag"),
  column("blocks", "Blocks", "text"),
  column("alone", "Experts alone", "text"),
  column("contrast_held_out", "Within over between, held out", "factor"),
  column("contrast_low", "95 % from", "factor"),
  column("contrast_high", "95 % to", "factor"),
  column("contrast_in_sample", "In sample", "factor", true),
  column("p", "p", "real"),
  column("adjusted_rand", "Adjusted Rand with the catalogue", "real")
]

const cells = (of: BlockPartition): ReadonlyArray<Cell> => [
  of.found,
  of.blocks,
  of.alone,
  of.contrast.heldOut,
  of.contrast.interval?.[0] ?? null,
  of.contrast.interval?.[1] ?? null,
  of.contrast.inSample,
  of.p,
  of.adjustedRand
]

/** Blocks of experts, those common to layers first. */
export const blockRows = table({ id: "pair_block_layers", section: "spatial", place: "closed" }, (evidence) => {
  const blocks = spatialOf(evidence)?.pairs?.blocks
  return {
    title: "Blocks of experts selected together",
    columns: [column("layer", "Layer", "text"), ...columns],
    rows:
      blocks === undefined
        ? []
        : [
            ...(blocks.common === null ? [] : [["all", ...cells(blocks.common)]]),
            ...blocks.layers.map((of) => [of.layer, ...cells(of)])
          ]
  }
})

/** The block of every expert. */
export const blockMembers = table({ id: "pair_block_experts", section: "spatial", place: "csv" }, (evidence) => {
  const blocks = spatialOf(evidence)?.pairs?.blocks
  const members = (layer: Cell, of: BlockPartition) =>
    of.of.map((block, expert): ReadonlyArray<Cell> => [layer, expert, block])
  return {
    title: "Block of each expert",
    columns: [column("layer", "Layer", "text"), column("expert", "Expert", "whole"), column("block", "Block", "whole")],
    rows:
      blocks === undefined
        ? []
        : [
            ...(blocks.common === null ? [] : members("all", blocks.common)),
            ...blocks.layers.flatMap((of) => members(of.layer, of))
          ]
  }
})

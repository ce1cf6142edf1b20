/** What a layer step and a copy cost on a machine whose unit caches experts. */
import { type Fabric, fabricOf, type Machine, unitTime } from "@moira/hardware"
import { expertMatrices, expertParameters, expertWidth, type Model, wholePs } from "@moira/core"

/** A memory that experts are copied from. */
export interface ExpertTier {
  readonly name: string
  /** Experts that fit. */
  readonly experts: number
  /** How long one copy keeps the link busy, and how much later it has arrived: whole picoseconds. */
  readonly occupyPs: number
  readonly latencyPs: number
}

export interface OffloadCost {
  readonly fabric: Fabric
  readonly expertBytes: number
  /** Experts that fit beside what the unit's memory reserves. */
  readonly unitExperts: number
  readonly tiers: ReadonlyArray<ExpertTier>
  /** Whole picoseconds of one layer with `touched` experts and `choices` selections, all experts there. */
  readonly layerPs: (touched: number, choices: number) => number
}

/** Adding up thousandths of a byte must not lose an expert. */
const fits = (bytes: number, expertBytes: number): number => Math.floor(bytes / expertBytes + 1e-9)

/**
 * A copy goes through the tiers before its own in pieces: the slowest memory or link on the way sets its rate, the
 * latencies of all add up. The next copy may start when the last byte has left, before it has arrived.
 */
export const offloadCost = (machine: Machine, model: Model, bytesPerWeight: number): OffloadCost => {
  const fabric = fabricOf(machine)
  const expertBytes = expertParameters(model) * bytesPerWeight
  const time = unitTime(fabric, {
    hidden: expertWidth(model),
    expertFfn: model.expertFfn,
    matrices: expertMatrices(model),
    bytesPerWeight
  })
  const [unit] = fabric.nodeOf
  const tiers = (machine.expertTiers ?? []).map((id): ExpertTier => {
    const node = machine.nodes[id]!
    const memory = node.memory!
    const links = machine.route(id, unit!).map((link) => machine.links[link]!)
    const bytesPerSec = Math.min(memory.bytesPerSec, ...links.map((link) => link.bytesPerSec))
    return {
      name: node.name,
      experts: fits(memory.capacityBytes - memory.reservedBytes, expertBytes),
      occupyPs: wholePs(expertBytes / bytesPerSec),
      latencyPs: links.reduce((sum, link) => sum + link.latencyPs, memory.latencyPs)
    }
  })
  return {
    fabric,
    expertBytes,
    unitExperts: fits(fabric.expertBytes[0]!, expertBytes),
    tiers,
    layerPs: (touched, choices) => Math.ceil(time(0, touched, choices))
  }
}

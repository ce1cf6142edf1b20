/** A roofline with a round corner: reading and arithmetic overlap, though not perfectly where both take long. */

/** (memory^p + compute^p)^(1/p): the longer of both for large p, their sum for p = 1. Any unit of time. */
export const roundRoofline = (memory: number, compute: number, corner: number): number => {
  const longer = Math.max(memory, compute)
  if (longer === 0) return 0
  return longer * (1 + (Math.min(memory, compute) / longer) ** corner) ** (1 / corner)
}

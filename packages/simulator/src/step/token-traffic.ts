/** Which activations cross the network: a token goes once to every distinct unit that computes one of its experts. */
import type { Fabric, LayerWork } from "@moira/hardware"
import type { Batch } from "../window/batch.ts"

/**
 * Tokens live on unit (slot mod units). The tokens of an expert are dealt to the units of the allocation in slot
 * order, lower units first. Fills `work.tokenCopies`, and `work.tokensAt` and `work.serverCopies` where it has them; a
 * hot loop over slots x topK, no allocation.
 */
export const makeTokenTraffic = (batch: Batch, fabric: Pick<Fabric, "units" | "servers" | "serverOf">) => {
  const { units, servers, serverOf } = fabric
  const { window, size } = batch
  const { requests, steps, ids, decodeTokens, model } = window
  const { topK, experts } = model
  const unitOf = new Uint16Array(experts)
  const left = new Uint32Array(experts)
  const seen = new Uint32Array(units)
  const seenServer = new Uint32Array(servers)
  let token = 0
  return (allocation: Uint32Array, layerIndex: number, step: number, work: LayerWork): void => {
    for (let e = 0; e < experts; e++) {
      unitOf[e] = 0
      left[e] = allocation[e * units]!
    }
    seen.fill(0)
    seenServer.fill(0)
    token = 0
    const { tokensAt, serverCopies } = work
    const base = (layerIndex * steps + step) * requests * topK
    let request = 0
    let home = 0
    for (let slot = 0; slot < size; slot++) {
      if (decodeTokens[request]! > step) {
        token++
        if (tokensAt !== undefined) tokensAt[home]!++
        const row = base + request * topK
        for (let k = 0; k < topK; k++) {
          const e = ids[row + k]!
          if (e >= experts) continue
          while (left[e] === 0) {
            const next = unitOf[e]! + 1
            unitOf[e] = next
            left[e] = allocation[e * units + next]!
          }
          left[e]!--
          const target = unitOf[e]!
          if (seen[target] === token) continue
          seen[target] = token
          work.tokenCopies[home * units + target]!++
          const server = serverOf[target]!
          if (serverCopies === undefined || seenServer[server] === token) continue
          seenServer[server] = token
          serverCopies[home * servers + server]!++
        }
      }
      request = request + 1 === requests ? 0 : request + 1
      home = home + 1 === units ? 0 : home + 1
    }
  }
}

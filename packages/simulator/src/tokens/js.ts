/** Tokens of layer steps counted in plain loops: the fallback of `wasm.ts`, and what its answers are compared with. */
import type { Fabric } from "@moira/hardware"
import { type Batch, countExpertTokens } from "../window/batch.ts"
import type { TokenCounter } from "./token-counter.ts"

export const jsTokens = (batch: Batch, fabric: Pick<Fabric, "units" | "servers" | "serverOf">): TokenCounter => {
  const { units, servers, serverOf } = fabric
  const { window, size } = batch
  const { requests, steps, ids, decodeTokens, model } = window
  const { topK, experts } = model
  /** The task that the next token of an expert goes to, and how many more it takes. */
  const taskOf = new Uint32Array(experts)
  const left = new Uint32Array(experts)
  const seen = new Uint32Array(units)
  const seenServer = new Uint32Array(servers)
  let [layerIndex, step] = [0, 0]
  return {
    engine: "js",
    count: (ofLayer, ofStep, expertTokens) => {
      layerIndex = ofLayer
      step = ofStep
      countExpertTokens(batch, layerIndex, step, expertTokens)
    },
    deal: (work) => {
      for (let i = work.count - 1; i >= 0; i--) {
        taskOf[work.expert[i]!] = i
        left[work.expert[i]!] = work.tokens[i]!
      }
      seen.fill(0)
      seenServer.fill(0)
      let token = 0
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
            while (left[e] === 0) left[e] = work.tokens[++taskOf[e]!]!
            left[e]!--
            const target = work.unit[taskOf[e]!]!
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
}

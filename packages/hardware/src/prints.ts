/**
 * What plug-ins may only read, as one number each that changes nearly always when something in it does. Loops over arrays
 * without allocation; see `fingerprint`.
 */
import { fingerprint, printFactor } from "@moira/core"
import type { Demand } from "./demand.ts"
import type { Fabric } from "./machine.ts"
import type { Holders } from "./placement.ts"
import type { LayerWork } from "./work.ts"

/** The first `count` tasks of a step, and the sizes that all of them share. */
export const workPrint = (work: LayerWork, count = work.count): number => {
  const { expert, unit, source, tokens, cached, firstReads, decidedPs } = work
  let sum = count
  for (let i = 0; i < count; i++) {
    const place = expert[i]! + Math.imul(unit[i]!, 0x85eb) + Math.imul(source[i]!, 0x2c1b_3c6d)
    const state = Math.imul(cached[i]!, 0x5bd1_e995) + Math.imul(firstReads[i]!, 0x3c6e_f373)
    sum = (sum + Math.imul(printFactor(i), (place + state + Math.imul(tokens[i]!, 0x297a_2d39)) | 0)) | 0
  }
  return (
    sum + decidedPs + work.weightBytes + 3 * work.flopPerToken + work.dispatchBytesPerToken + work.combineBytesPerToken
  )
}

/** Tokens on their way, and experts that lie somewhere, which a network has no more use for once it is called. */
export const trafficPrint = ({ tokenCopies, tokensAt, serverCopies, resident }: LayerWork): number => {
  let sum = fingerprint(tokenCopies) + 3 * fingerprint(resident)
  if (tokensAt !== undefined) sum += 5 * fingerprint(tokensAt)
  return serverCopies === undefined ? sum : sum + 7 * fingerprint(serverCopies)
}

/** All that a network or an engine is handed of a step. */
export const wholeWorkPrint = (work: LayerWork): number => {
  let sum = workPrint(work) + 3 * trafficPrint(work)
  for (let u = 0; u < work.localWriteBytes.length; u++) sum += work.localWriteBytes[u]! * ((u & 7) + 1)
  return sum
}

/** What links carry, memories give and units compute, and the counters. */
export const demandPrint = (demand: Demand): number => {
  const { linkBytes, memoryBytes, computePs, tokens } = demand
  let sum = demand.hops + demand.byteHops + demand.localReadBytes + 3 * demand.remoteReadBytes + demand.localWriteBytes
  sum += demand.cachedBytes + 5 * demand.copyBytes + 7 * demand.tokenHops + demand.tokenBytes + demand.exchangePs
  for (let i = 0; i < linkBytes.length; i++) sum += linkBytes[i]!
  for (let u = 0; u < computePs.length; u++) sum += memoryBytes[u]! + computePs[u]! + u * tokens[u]!
  return sum
}

/** Who holds what; lists that say more than they have count as far as they go. */
export const holdersPrint = ({ start, unit }: Holders): number =>
  fingerprint(start) + 3 * fingerprint(unit, Math.min(start[start.length - 1]!, unit.length))

/** All rates, latencies and routes of a machine: as long as a run takes a layer step or two. */
export const fabricPrint = (fabric: Fabric): number => {
  let print = fabric.units + fabric.outstandingFetches
  let weight = 1
  for (const part of Object.values(fabric)) {
    if (!ArrayBuffer.isView(part)) continue
    const values = part as Float64Array
    weight += 2
    // Rates are beyond 32 bits: summed as they are.
    let sum = 0
    for (let i = 0; i < values.length; i++) if (values[i] !== Infinity) sum += values[i]! * ((i & 7) + 1)
    print += weight * sum
  }
  return print
}

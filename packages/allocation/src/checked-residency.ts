/** A residency whose answers are looked at: every expert lies somewhere, on units that exist and have room. */
import {
  amountFault,
  type Called,
  calling,
  enter,
  fingerprint,
  leave,
  numberOf,
  pluginFault,
  shown,
  threw,
  whenToLook,
  type WrongAnswer
} from "@moira/core"
import { type Holders, holdersPrint, type LayerWork, trafficPrint, workPrint } from "@moira/hardware"
import type { Knowledge, PreparedResidency, ResidencyPolicy, ResidencySetup } from "./residency.ts"

/**
 * Why lists of holders cannot be, or undefined: ascending lists of every expert, none of them empty. Hot; no allocation
 * where nothing is wrong.
 */
const holdersFault = (holders: Holders, experts: number, units: number): WrongAnswer | undefined => {
  const { start, unit } = holders
  if (start.length !== experts + 1)
    return { reason: "WrongShape", what: `lists holders of ${start.length - 1} experts, not of ${experts}` }
  if (start[0] !== 0 || !(start[experts]! <= unit.length))
    return {
      reason: "OutOfRange",
      what: `lists holders ${start[0]} to ${start[experts]} of the ${unit.length} that it gives`
    }
  for (let e = 0, i = 0; e < experts; e++) {
    const end = start[e + 1]!
    if (!(end > i)) return { reason: "WrongSum", what: `expert ${e} lies nowhere` }
    for (let least = 0; i < end; i++) {
      const u = unit[i]!
      // The one comparison that most lists pass: ascending and below the number of units.
      if (u >= least && u < units) {
        least = u + 1
        continue
      }
      return u < units
        ? { reason: "WrongShape", what: `expert ${e} lists unit ${u} after unit ${least - 1}` }
        : { reason: "OutOfRange", what: `expert ${e} lies on unit ${u} of ${units}` }
    }
  }
  return undefined
}

/** Checks of copies that were pushed after task `first - 1`: each from a holder to a unit that neither has nor reads it. */
const makeCopiesCheck = (experts: number, units: number) => {
  /** The look at which a unit was seen to read an expert. */
  const seen = new Uint32Array(experts * units)
  let looks = 0
  return (work: LayerWork, first: number, { start, unit }: Holders): WrongAnswer | undefined => {
    looks++
    for (let i = 0; i < first; i++) seen[work.expert[i]! * units + work.unit[i]!] = looks
    const holds = (e: number, u: number): boolean => {
      for (let i = start[e]!; i < start[e + 1]!; i++) if (unit[i] === u) return true
      return false
    }
    for (let i = first; i < work.count; i++) {
      const [e, u, from] = [work.expert[i]!, work.unit[i]!, work.source[i]!]
      if (work.tokens[i] !== 0) return { reason: "ChangedInput", what: `adds a task of ${work.tokens[i]} tokens` }
      if (e >= experts) return { reason: "OutOfRange", what: `copies expert ${e} of ${experts}` }
      if (u >= units) return { reason: "OutOfRange", what: `copies expert ${e} to unit ${u} of ${units}` }
      if (!holds(e, from)) return { reason: "OutOfRange", what: `copies expert ${e} from unit ${from}, which lacks it` }
      if (holds(e, u)) return { reason: "WrongSum", what: `copies expert ${e} to unit ${u}, which has it` }
      if (seen[e * units + u] === looks)
        return { reason: "WrongSum", what: `copies expert ${e} to unit ${u}, which reads it in this step` }
      seen[e * units + u] = looks
    }
    return undefined
  }
}

/** Checks of the lists that a residency gives for a layer; room is what the homes and the spare copies of the setup take. */
const makeHoldersCheck = (
  { fabric, experts, homes, spareCopies }: ResidencySetup,
  looked: () => boolean
): ((holders: Holders, layerIndex: number) => WrongAnswer | undefined) => {
  const lying = new Uint32Array(fabric.units)
  const room = homes.map(({ start, unit }) => {
    const most = spareCopies.slice()
    for (let i = 0; i < start[experts]!; i++) most[unit[i]!]!++
    return most
  })
  return (holders, layerIndex) => {
    if (!(holders?.start instanceof Uint32Array && holders.unit instanceof Uint16Array))
      return { reason: "WrongShape", what: `gives ${shown(holders)} as holders` }
    const wrong = holdersFault(holders, experts, lying.length)
    if (wrong !== undefined || !looked()) return wrong
    lying.fill(0)
    for (let i = 0; i < holders.start[experts]!; i++) lying[holders.unit[i]!]!++
    const most = room[layerIndex]!
    for (let u = 0; u < lying.length; u++) {
      if (lying[u]! > most[u]!)
        return { reason: "WrongSum", what: `keeps ${lying[u]} experts on unit ${u}, ${most[u]} fit` }
    }
    return undefined
  }
}

/** Why bytes written cannot be, or undefined: no unit keeps more than all experts of a layer; hot. */
const writtenFault = ({ localWriteBytes, weightBytes }: LayerWork, experts: number): WrongAnswer | undefined => {
  const most = experts * weightBytes
  for (let u = 0; u < localWriteBytes.length; u++) {
    const bytes = localWriteBytes[u]!
    if (bytes >= 0 && bytes <= most) continue
    const name = `the bytes written on unit ${u}`
    return amountFault(bytes, name) ?? { reason: "OutOfRange", what: `gives ${bytes} for ${name}, of ${most} at most` }
  }
  return undefined
}

const knowledgePrint = ({ prefillCounts, crossToken }: Knowledge): number =>
  [...prefillCounts, ...crossToken].reduce((sum, row, i) => sum + (i + 1) * fingerprint(row), 0)

/** `policy` with checks of every call; `at` says which layer step runs, and is asked only when there is something to tell. */
export const checkedResidency = (policy: ResidencyPolicy, at: () => string): ResidencyPolicy => {
  const called: Called = {
    kind: "residency policy",
    plugin: policy,
    kit: "residencyConformance of @moira/allocation/testing"
  }
  const refuse = (wrong: WrongAnswer | undefined, where = at()): void => {
    if (wrong !== undefined) throw pluginFault(called, where, wrong)
  }
  const prepare = (setup: ResidencySetup): PreparedResidency => {
    const looked = whenToLook(called)
    const number = numberOf(called)
    // Before the policy sees the setup, which says what fits.
    const check = makeHoldersCheck(setup, whenToLook(called))
    const { homes, knowledge, experts, fabric } = setup
    const checkCopies = makeCopiesCheck(experts, fabric.units)
    const known = number === 0 ? 0 : knowledgePrint(knowledge)
    const atHome = homes.map(holdersPrint)
    const residency = calling(called, "prepare", () =>
      policy.prepare({ ...setup, spareCopies: setup.spareCopies.slice() })
    )
    if (number !== 0 && knowledgePrint(knowledge) !== known)
      throw pluginFault(called, "prepare", { reason: "ChangedInput", what: "writes to what is known of the prompts" })
    if (typeof residency?.holders !== "function" || typeof residency.after !== "function")
      throw pluginFault(called, "prepare", {
        reason: "WrongShape",
        what: `gives ${shown(residency)} without holders and after`
      })
    let current: Holders = homes[0]!
    const heldNow = ({ start, unit }: Holders): Holders => ({ start: start.slice(), unit: unit.slice() })
    return {
      holders: (layerIndex) => {
        let holders: Holders
        const outer = enter(number)
        try {
          holders = residency.holders(layerIndex)
        } catch (cause) {
          throw threw(called, at(), cause)
        }
        leave(outer)
        current = holders
        const home = homes[layerIndex]!
        if (number !== 0 && holdersPrint(home) !== atHome[layerIndex])
          refuse({ reason: "ChangedInput", what: "writes to where experts lie for good" })
        // Who lies at home was checked with the placement.
        if (holders === home) return holders
        const wrong = check(holders, layerIndex)
        if (wrong !== undefined) refuse(wrong)
        return holders
      },
      after: (layerIndex, step, work) => {
        const look = looked()
        const { count } = work
        const before = look ? workPrint(work, count) : 0
        const traffic = look ? trafficPrint(work) : 0
        // Its lists may change in the call, so that who holds what is kept only where copies are looked at.
        const holders = look ? heldNow(current) : undefined
        const outer = enter(number)
        try {
          residency.after(layerIndex, step, work)
        } catch (cause) {
          throw threw(called, at(), cause)
        }
        leave(outer)
        // A count that cannot be is no length to go by.
        const isCount = Number.isInteger(work.count) && work.count >= count && work.count <= work.expert.length
        if (!isCount || (look && (workPrint(work, count) !== before || trafficPrint(work) !== traffic)))
          refuse({ reason: "ChangedInput", what: "writes to the tasks of the step" })
        if (holders !== undefined && work.count > count) refuse(checkCopies(work, count, holders))
        const wrong = writtenFault(work, experts)
        if (wrong !== undefined) refuse(wrong)
      }
    }
  }
  return Object.create(policy, { prepare: { value: prepare } }) as ResidencyPolicy
}

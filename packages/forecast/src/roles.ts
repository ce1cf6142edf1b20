/** Which requests train, which validate and which judge: a seeded draw of requests, not of tokens, and of whole groups of them. */
import { random, substream } from "@moira/core"
import { requestGroups, type RequestRow } from "@moira/trace"

export const role = { train: 0, validation: 1, test: 2 } as const

export interface RoleShares {
  readonly seed: number
  /** Shares of the requests; the rest trains. */
  readonly validation: number
  readonly test: number
}

export const defaultRoles: RoleShares = { seed: 1, validation: 0.2, test: 0.3 }

/**
 * The role of each request. At least one request tests if there are two, and at least one validates if there are
 * three: with fewer there is nothing to judge by, or weights stay at their starting values.
 */
export const rolesOf = (requests: number, shares: RoleShares = defaultRoles): Uint8Array => {
  const most = (left: number, share: number) => Math.min(left, Math.max(1, Math.round(share * requests)))
  const test = shares.test === 0 ? 0 : most(Math.max(0, requests - 1), shares.test)
  const validation = shares.validation === 0 ? 0 : most(Math.max(0, requests - test - 1), shares.validation)
  const order = Uint32Array.from({ length: requests }, (_, i) => i)
  const { below } = random(substream(shares.seed, "forecast roles", requests))
  for (let i = requests - 1; i > 0; i--) {
    const j = below(i + 1)
    const drawn = order[j]!
    order[j] = order[i]!
    order[i] = drawn
  }
  const roles = new Uint8Array(requests)
  order.forEach((request, i) => {
    roles[request] = i < test ? role.test : i < test + validation ? role.validation : role.train
  })
  return roles
}

/** The role of each request of a trace: groups, such as the turns of a conversation, have one role. */
export const rolesOfRequests = (requests: ReadonlyArray<RequestRow>, shares: RoleShares = defaultRoles): Uint8Array => {
  const { of, count } = requestGroups(requests)
  const roles = rolesOf(count, shares)
  return Uint8Array.from(of, (group) => roles[group]!)
}

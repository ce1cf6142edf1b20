/** What a caller may choose of an evaluation, and what that means for one trace. */
import { type Groups, groupsOf } from "@moira/core/statistics"
import { groupKeys, type TraceContext } from "@moira/trace"
import type { LayerRows, Predictor } from "../predictor.ts"
import { defaultRoles, role, type RoleShares, rolesOfRequests } from "../roles.ts"
import { type Tasks, tasksOf } from "../tasks.ts"

export interface ForecastOptions {
  readonly predictors: ReadonlyArray<Predictor>
  /** Recall among the best n, beside the model's top-k and twice that. */
  readonly tops?: ReadonlyArray<number>
  /** Experts that a cache of one layer holds; a tenth and a fifth of all when left out. */
  readonly caches?: ReadonlyArray<number>
  readonly roles?: RoleShares
  /** Draws of the bootstrap; 400 when left out. */
  readonly draws?: number
}

export interface Settings {
  readonly predictors: ReadonlyArray<Predictor>
  /** Ascending; holds the model's top-k and twice that. */
  readonly tops: ReadonlyArray<number>
  readonly caches: ReadonlyArray<number>
  /** Capacities that were asked for and make no sense here. */
  readonly unfitCaches: ReadonlyArray<number>
  /** Intervals draw whole groups of test requests. */
  readonly bootstrap: { readonly seed: number; readonly draws: number; readonly groups: Groups }
  readonly roles: Uint8Array
  readonly tasks: Tasks
  readonly tests: number
  /** Place of each test request among the test requests. */
  readonly testPlace: Int32Array
  /** The same rows three times, for training, validation and test. */
  readonly parts: (
    rows: ReadonlyArray<LayerRows>
  ) => readonly [ReadonlyArray<LayerRows>, ReadonlyArray<LayerRows>, ReadonlyArray<LayerRows>]
}

const ascending = (values: Iterable<number>): ReadonlyArray<number> => [...new Set(values)].toSorted((a, b) => a - b)

/** The rows of the requests with a role. */
export const ofRole = (rows: ReadonlyArray<LayerRows>, roles: Uint8Array, wanted: number): ReadonlyArray<LayerRows> =>
  rows.map(({ current, earlier }) => ({
    current,
    earlier,
    use: Uint32Array.from({ length: current.requests }, (_, r) => r).filter(
      (r) => roles[current.firstRequest + r] === wanted
    )
  }))

export const settingsFor = ({ model, requests }: TraceContext, options: ForecastOptions): Settings => {
  const { experts, topK } = model
  const { predictors, draws = 400, roles: shares = defaultRoles } = options
  const ids = predictors.map(({ id }) => id)
  if (new Set(ids).size < ids.length) throw new RangeError(`two predictors share an id: ${ids.join(", ")}`)
  if (!(Number.isInteger(draws) && draws > 0)) throw new RangeError(`draws ${draws} is not a positive whole number`)
  for (const n of [...(options.tops ?? []), ...(options.caches ?? [])])
    if (!(Number.isInteger(n) && n > 0)) throw new RangeError(`${n} is not a positive whole number of experts`)
  const roles = rolesOfRequests(requests, shares)
  const testPlace = new Int32Array(requests.length).fill(-1)
  let tests = 0
  roles.forEach((of, request) => {
    if (of === role.test) testPlace[request] = tests++
  })
  const groups = groupsOf(groupKeys(requests).filter((_, request) => roles[request] === role.test))
  const capacities = ascending(options.caches ?? [0.1, 0.2].map((share) => Math.max(topK, Math.round(share * experts))))
  const fits = (capacity: number) => capacity >= topK && capacity <= experts
  return {
    predictors,
    tops: ascending([topK, 2 * topK, ...(options.tops ?? [])].map((n) => Math.min(n, experts))),
    caches: capacities.filter(fits),
    unfitCaches: capacities.filter((capacity) => !fits(capacity)),
    bootstrap: { seed: shares.seed, draws, groups },
    roles,
    tasks: tasksOf(requests),
    tests,
    testPlace,
    parts: (rows) => [
      ofRole(rows, roles, role.train),
      ofRole(rows, roles, role.validation),
      ofRole(rows, roles, role.test)
    ]
  }
}

/** What fair shares are asked for. */

/** Groups in columns; group `g` crosses `pathResource[pathStart[g]]` to `pathResource[pathEnd[g] - 1]`. */
export interface ShareProblem {
  /** By resource, in bytes a picosecond. */
  readonly capacity: Float64Array
  readonly pathResource: Uint32Array
  readonly pathStart: Uint32Array
  readonly pathEnd: Uint32Array
  /** Flows of each group. */
  readonly weight: Uint32Array
  /** Written: rate of each flow of the group, in bytes a picosecond. */
  readonly rate: Float64Array
}

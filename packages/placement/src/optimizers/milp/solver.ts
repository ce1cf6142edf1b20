/** HiGHS in WebAssembly: an optional peer, loaded when a case needs it. */
import { Effect } from "effect"
import { PlacementError } from "../../optimizer.ts"

/** What came of one model: values by variable, or why there are none. */
export type Solved =
  | { readonly status: "optimal"; readonly values: (name: string) => number }
  | { readonly status: "time limit" | "infeasible" | "other"; readonly what: string }

export type Solve = (model: string, seconds: number) => Solved

/** Relative gap below which a layout counts as optimal, in the solver and against bounds. */
export const provenWithin = 1e-4

export const loadSolver: Effect.Effect<Solve, PlacementError> = Effect.gen(function* () {
  const imported = yield* Effect.tryPromise({
    try: () => import("highs"),
    catch: (cause) =>
      new PlacementError({
        reason: "Unsuitable",
        where: "milp",
        what: "the solver HiGHS is not installed",
        hint: "install the package highs beside @moira/placement, or use moira",
        cause
      })
  })
  // The package's types are those of its CommonJS build; Node loads the other one, whose default export is the loader.
  const load = imported.default as unknown as (typeof imported.default)["default"]
  const highs = yield* Effect.promise(() => load())
  return (model, seconds) => {
    const { Status: status, Columns: columns } = highs.solve(model, {
      time_limit: seconds,
      mip_rel_gap: provenWithin,
      mip_abs_gap: 0,
      // Local search has found the layout to beat, and the units' symmetry is broken in the model: both only cost time.
      mip_heuristic_effort: 0,
      mip_detect_symmetry: false,
      random_seed: 1,
      output_flag: false
    })
    if (status === "Optimal")
      return { status: "optimal", values: (name) => (columns as Record<string, { Primal: number }>)[name]!.Primal }
    if (status === "Time limit reached") return { status: "time limit", what: status }
    return { status: status === "Infeasible" ? "infeasible" : "other", what: status }
  }
})

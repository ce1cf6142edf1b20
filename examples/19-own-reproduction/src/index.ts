/**
 * Key concept: a reproduction sets what a study printed beside what is measured here; the printed value is compared, never used.
 *
 * [1] what the study claims, in a sentence: the page opens with it.
 * [2] nothing of a trace is measured here, so no twin is made; else `run` asks its bench for analyses and simulations.
 * [3] a row that measures nothing says why.
 */
import type { Reproduction } from "@moira/reproduce"
import wafer from "@moira/wafer"
import { Effect } from "effect"

/** Table I: dies of a wafer, by the machine's name. */
const published: Readonly<Record<string, number>> = { dojo: 25, "tsmc-sow": 24, "dojo-enhanced": 25 }

const reproduction: Reproduction = {
  contract: "reproduction/v1",
  title: "Own reproduction: dies of a wafer",
  claim: "A wafer holds 24 or 25 dies in a mesh.", // [1]
  figures: [],
  needsTraces: false, // [2]
  run: () =>
    Effect.sync(() => ({
      rows: Object.entries(published).map(([machine, dies]) => {
        const spec = wafer.machines[machine]
        return {
          model: machine,
          what: "dies",
          unit: "count",
          published: { value: dies },
          twin: null,
          real: null,
          ours: spec === undefined ? null : spec.columns * spec.rows,
          tolerance: 0,
          ...(spec === undefined ? { why: "the machine is not built" } : {}) // [3]
        } as const
      }),
      documents: [],
      notes: ["Ours are the specs of `@moira/wafer`."]
    }))
}

export default reproduction

/** Chapters on whether to balance: what spare slots for hot experts gain at each batch. */
import { resultKinds } from "@moira/results"
import { of } from "../../not-measured.ts"
import { listed } from "../../provenance.ts"
import type { ReportedKind } from "../../reported-kind.ts"
import { adviceSpeedup } from "./figures/advice-speedup.ts"
import { balanceLayers } from "./figures/balance-layers.ts"
import { adviceHeadlines, adviceMessage } from "./headlines.ts"
import { adviceOf, settingOf } from "./options.ts"
import { adviceOptions, adviceVerdicts, balanceLayersTable, balanceOptions } from "./tables/advice.ts"

const advice = {
  ...resultKinds.advice,
  order: 350,
  sections: [
    {
      id: "balancing",
      order: 450,
      title: "Balancing",
      lead:
        "From which batch on rearranging experts and copying hot ones into spare slots pays: layouts are placed by some requests and timed " +
        "on the decode steps of others, by the simulator that other chapters use."
    }
  ],
  figures: [adviceSpeedup, balanceLayers],
  tables: [adviceVerdicts, adviceOptions, balanceOptions, balanceLayersTable],
  headlines: [{ order: 110, of: adviceHeadlines }],
  messages: [{ order: 550, of: adviceMessage }],
  notMeasured: {
    order: 600,
    of: (evidence) =>
      adviceOf(evidence).flatMap(({ advice: { notMeasured, balance } }) =>
        of("Balancing", [...notMeasured, ...(balance?.notMeasured ?? [])])
      )
  },
  origins: {
    order: 450,
    of: (evidence) => {
      const documents = adviceOf(evidence)
      return documents.length === 0
        ? []
        : [
            {
              name: "Balancing judged for",
              value: listed(documents.map(settingOf))
            },
            { name: "Balancing seed", value: listed(documents.map(({ seed }) => String(seed))) }
          ]
    }
  }
} satisfies ReportedKind

export default advice

/** Chapters on whether to balance: what spare slots for hot experts would gain. */
import { resultKinds } from "@moira/results"
import { integer } from "../../format.ts"
import { of } from "../../not-measured.ts"
import { listed } from "../../provenance.ts"
import type { ReportedKind } from "../../reported-kind.ts"
import { balanceGain } from "./figures/balance-gain.ts"
import { balanceLayers } from "./figures/balance-layers.ts"
import { adviceHeadlines, adviceMessage } from "./headlines.ts"
import { adviceOf } from "./options.ts"
import { adviceLayers, adviceOptions, adviceVerdicts } from "./tables/advice.ts"

const advice = {
  ...resultKinds.advice,
  order: 350,
  sections: [
    {
      id: "balancing",
      order: 450,
      title: "Balancing",
      lead:
        "Whether replicating hot experts into spare slots pays: layouts are chosen on some of the trace and judged on the rest, " +
        "with costs proportional to load."
    }
  ],
  figures: [balanceGain, balanceLayers],
  tables: [adviceVerdicts, adviceOptions, adviceLayers],
  headlines: [{ order: 110, of: adviceHeadlines }],
  messages: [{ order: 550, of: adviceMessage }],
  notMeasured: {
    order: 600,
    of: (evidence) => adviceOf(evidence).flatMap(({ advice: { notMeasured } }) => of("Balancing", notMeasured))
  },
  origins: {
    order: 450,
    of: (evidence) => {
      const documents = adviceOf(evidence)
      return documents.length === 0
        ? []
        : [
            {
              name: "Balancing judged for units",
              value: listed(documents.map(({ advice: { units } }) => integer(units)))
            },
            { name: "Balancing seed", value: listed(documents.map(({ seed }) => String(seed))) }
          ]
    }
  }
} satisfies ReportedKind

export default advice

/** Chapters on placements: where experts lie, before and after. */
import { resultKinds } from "@moira/results"
import { integer } from "../../format.ts"
import { of } from "../../not-measured.ts"
import { machineOrigin } from "../../provenance.ts"
import type { ReportedKind } from "../../reported-kind.ts"
import { placementBalance } from "./figures/placement-balance.ts"
import { placementGrid } from "./figures/placement-grid.ts"
import { placementLoad } from "./figures/placement-load.ts"
import { placementTraffic } from "./figures/placement-traffic.ts"
import { placement, placementMessage } from "./headlines.ts"
import { placeOf } from "./placements.ts"
import { placementLinks, placementRows, placementUnits } from "./tables/placements.ts"

const place = {
  ...resultKinds.place,
  order: 200,
  sections: [
    {
      id: "placement",
      order: 400,
      title: "Placement",
      lead:
        "Where experts and their copies lie on the units, before and after: what each layout makes of the same traffic, predicted " +
        "by the machine's own times."
    }
  ],
  figures: [placementLoad, placementBalance, placementGrid, placementTraffic],
  tables: [placementRows, placementUnits, placementLinks],
  headlines: [{ order: 300, of: placement }],
  messages: [{ order: 400, of: placementMessage }],
  warnings: (evidence) => (placeOf(evidence)?.warnings ?? []).map((text) => `Placement: ${text}`),
  notMeasured: { order: 500, of: (evidence) => of("Placement", placeOf(evidence)?.notMeasured) },
  // What placed, what judged, on what.
  origins: {
    order: 300,
    of: (evidence) => {
      const result = placeOf(evidence)
      if (result === undefined) return []
      const { fittedOn, judgedOn, machine, units, spareSlots, batchTokens, expertBytes } = result
      return [
        { name: "Placed by", value: fittedOn },
        { name: "Placements judged on", value: judgedOn ?? "the same, in sample" },
        {
          name: "Placement",
          value: `${integer(units)} units, ${integer(spareSlots)} spare slots each, ${integer(batchTokens)} tokens a layer step, ${integer(expertBytes)} bytes an expert`
        },
        machineOrigin(machine.name, machine)
      ]
    }
  }
} satisfies ReportedKind

export default place

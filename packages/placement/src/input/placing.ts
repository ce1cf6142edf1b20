/** The first step of every optimizer: nothing is placed where something is wrong. */
import { Effect } from "effect"
import type { PlacementError } from "../optimizer.ts"
import type { Placement } from "@moira/hardware"

/** Makes the placement where a check found nothing wrong; `make` must not fail. */
export const placing = (
  check: Effect.Effect<void, PlacementError>,
  make: () => Placement
): Effect.Effect<Placement, PlacementError> => Effect.andThen(check, Effect.sync(make))

/** The first step of every optimizer: nothing is placed where something is wrong. */
import { Effect } from "effect"
import type { PlacementError } from "../optimizer.ts"
import type { Placement } from "@moira/hardware"

/** Fails with what is wrong, else makes the placement; `make` must not fail. */
export const placing = (
  wrong: PlacementError | undefined,
  make: () => Placement
): Effect.Effect<Placement, PlacementError> => (wrong === undefined ? Effect.sync(make) : Effect.fail(wrong))

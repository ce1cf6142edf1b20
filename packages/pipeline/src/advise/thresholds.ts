/** Where advice turns, and why there. */

/**
 * A speed-up that pays for memory, for moving experts and for one more thing that can break. Serving benchmarks differ by a
 * few per cent from run to run, so less than this would not be seen. For the same reason more slots, which cost memory, are
 * advised only where they gain as much again over fewer.
 */
export const worthwhile = 1.05

/** A speed-up whose interval excludes 1 by more than rounding, but that a measurement would hardly show. */
export const visible = 1.01

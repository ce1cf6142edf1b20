/** Strategies that commands run when nobody chooses: what engines do, the study's two ends, and Moira's. */
export const usualStrategies: ReadonlyArray<string> = ["ep", "base", "allo+pred", "moira"]

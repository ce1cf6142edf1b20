/** All that is compiled to `src/kernels/forecast.wasm.ts` by `scripts/build-wasm.mjs`. All addresses are given by the host. */
export { soundScores } from "./checks"
export { exp } from "./exp"
export { heatmapMean, heatmapProduct } from "./heatmap"
export { best, judgeToken } from "./judge"
export { serve } from "./cache"
export { log2 } from "./log2"
export { addLogs, productRows } from "./log-linear"
export { mixRows, mixtureRounds } from "./mix"

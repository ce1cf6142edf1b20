/** Where experts lie and where their work goes. */
export * from "./allocator.ts"
export { algorithm1 } from "./allocators/algorithm-1.ts"
export { atHome } from "./allocators/at-home.ts"
export { even } from "./allocators/even.ts"
export * from "./optimizer.ts"
export { contiguous } from "./optimizers/contiguous.ts"
export * from "./placement.ts"

/** Times of experts on one GPU and of copies between two: closed forms whose constants are fitted to measured tables. */
export * from "./gemm.ts"
export * from "./moe-layer.ts"
export * from "./roofline.ts"
export * from "./touched.ts"

/** The loops that count one run of steps; many runs at once are counted by `countingKernels`. */
export { hasHoles, hitKernel, type HitKernel, jointKernel, type JointKernel } from "@moira/trace/kernels"

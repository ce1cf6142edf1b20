/** Fitting: how far modelled times are from measured ones, rows of measured tables from their text, what was fitted. */
export { medianError, type TimedPair, timeError } from "./calibration/errors.ts"
export { isEven, type KernelRow, kernelRows, kernelTables, setApart } from "./calibration/kernel-rows.ts"
export {
  chooseKernels,
  type KernelFamily,
  kernelFamilies,
  type KernelQuestion,
  type KernelRefusal
} from "./calibration/kernel-families.ts"
export {
  type Arithmetic,
  type ServingEngine,
  servingEngines,
  type ServingPhase,
  servingPhases
} from "./calibration/kernel-records.ts"
export {
  type Dtype,
  dtypes,
  type GemmRow,
  gemmRows,
  gemmTable,
  layerRows,
  layerTable,
  ofDtype,
  type TransferRow,
  transferRows,
  transferTable
} from "./calibration/measured.ts"

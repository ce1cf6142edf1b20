/** Fitting: how far modelled times are from measured ones, rows of measured tables from their text, what was fitted. */
export { medianError, type TimedPair, timeError } from "./calibration/errors.ts"
export { activationFits, layerFits } from "./calibration/layer-fits.ts"
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

/** Parts of pictures, for figures that live elsewhere. */
export { bars } from "./drawing/bars.ts"
export { key } from "./drawing/legend.ts"
export { type LogAxis, logLogChart } from "./drawing/log-log.ts"
export { column, grid, svgFile } from "./drawing/picture.ts"
export { bytes, compact, duration, tick } from "./format.ts"
export { figureWidth, hue } from "./theme.ts"

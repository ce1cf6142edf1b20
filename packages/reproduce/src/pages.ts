/** Reproductions as pages, with the figures that go with them: what of this package draws. */
export { indexPage } from "./index-page.ts"
export { comparisonCells, comparisonHeader, drawnFigures, htmlPageOf, ownFigures, pageOf } from "./page.ts"

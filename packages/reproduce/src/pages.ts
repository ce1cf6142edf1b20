/** Reproductions as text: what the pages of experiments show, for who prints it. It loads what draws. */
export { comparisonTable } from "./page.ts"

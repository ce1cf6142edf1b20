import { type Reporter, reporterContract } from "../reporter.ts"
import { renderSvgs } from "../svgs.ts"

const svg: Reporter = {
  contract: reporterContract,
  summary: "every figure as figures/NAME.svg",
  files: (documents, options) =>
    new Map([...renderSvgs(documents, options)].map(([name, text]) => [`figures/${name}`, text]))
}

export default svg

import { renderCsv } from "../csv.ts"
import { type Reporter, reporterContract } from "../reporter.ts"

const csv: Reporter = {
  contract: reporterContract,
  summary: "every table as tables/NAME.csv",
  files: (documents, options) =>
    new Map([...renderCsv(documents, options)].map(([name, text]) => [`tables/${name}`, text]))
}

export default csv

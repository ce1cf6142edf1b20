import { renderHtml } from "../html/page.ts"
import { type Reporter, reporterContract } from "../reporter.ts"

const html: Reporter = {
  contract: reporterContract,
  summary: "one self-contained page, report.html",
  files: (documents) => new Map([["report.html", renderHtml(documents)]])
}

export default html

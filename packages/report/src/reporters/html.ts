import { renderHtml } from "../html/page.ts"
import { type Reporter, reporterContract } from "../reporter.ts"

const html: Reporter = {
  contract: reporterContract,
  summary: "one self-contained page, report.html",
  files: (documents, options) => new Map([["report.html", renderHtml(documents, options)]])
}

export default html

import { renderMarkdown } from "../markdown.ts"
import { type Reporter, reporterContract } from "../reporter.ts"
import svg from "./svg.ts"

const md: Reporter = {
  contract: reporterContract,
  summary: "report.md with the figures it links to",
  files: (documents, options) =>
    new Map([["report.md", renderMarkdown(documents, options)], ...svg.files(documents, options)])
}

export default md

/**
 * Key concept: a reporter turns result documents into files, as data: nothing is written here.
 *
 * [1] what a document is, is its kind's to say; any kind's headlines can be asked for.
 * [2] a pure function: the same documents give the same bytes.
 */
import { headlinesOf, type Reporter } from "@moira/report"
import { evidenceOf } from "@moira/results"

/** What a report is of, and its headlines, as one plain text file. */
const reporter: Reporter = {
  contract: "report/v1",
  summary: "headlines as headlines.txt",
  files: (documents, options) => {
    const headlines = headlinesOf(evidenceOf(documents), options) // [1]
    const lines = headlines.map(({ label, value }) => `${label}: ${value}`)
    const schemas = documents.map(({ schema, moira }) => `# ${schema}, made by Moira ${moira}`)
    return new Map([["headlines.txt", [...schemas, ...lines, ""].join("\n")]]) // [2]
  }
}

export default reporter

/** Reports by the built-in kinds, which are those that lie in their folder. */
import { nodePlugins } from "@moira/core/node"
import { evidenceOf, type ResultDocument } from "@moira/results"
import { Effect } from "effect"
import { sectionsOf, tablesOf } from "../../src/arranged.ts"
import * as report from "../../src/index.ts"
import { messageOf as messageBy } from "../../src/message.ts"
import { loadKinds } from "../../src/node.ts"

type Documents = ReadonlyArray<ResultDocument>

export const kinds = await Effect.runPromise(Effect.provide(loadKinds(), nodePlugins))
const options = { kinds }

export const figures = report.figuresOf(kinds)
export const tables = tablesOf(kinds)
export const sections = sectionsOf(kinds)
export const decodeDocument = report.decodeDocument(kinds)
export const renderHtml = (documents: Documents) => report.renderHtml(documents, options)
export const renderMarkdown = (documents: Documents) => report.renderMarkdown(documents, options)
export const renderCsv = (documents: Documents) => report.renderCsv(documents, options)
export const renderSvgs = (documents: Documents) => report.renderSvgs(documents, options)
export const headlinesOf = (documents: Documents) => report.headlinesOf(evidenceOf(documents), options)
export const messageOf = (documents: Documents, title: string) => messageBy(evidenceOf(documents), title, options)

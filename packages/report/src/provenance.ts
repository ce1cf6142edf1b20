/** Where every figure comes from: enough to compute it again. */
import { listReferences } from "@moira/core"
import type { ResultDocument } from "@moira/results"
import { inTurn } from "./arranged.ts"
import { integer } from "./format.ts"
import type { Origin, ReportOptions } from "./reported-kind.ts"
import { isCountsInput, type Subject } from "./subject.ts"

/** Each value once, as a list. */
export const listed = (values: Iterable<string>): string => [...new Set(values)].join(", ")

/** A machine's spec, shown on demand. */
export const machineOrigin = (
  name: string,
  of: { readonly backend: string; readonly spec: unknown },
  more = ""
): Origin => ({ name: `Machine ${name} (${of.backend}${more})`, value: JSON.stringify(of.spec, null, 2), block: true })

const inputOrigins = ({ input, title }: Subject): ReadonlyArray<Origin> => {
  if (input === undefined) return []
  const counts = isCountsInput(input)
  const what = counts ? "Counts" : "Trace"
  return [
    { name: "Model", value: input.model === null ? title : `${title} (${input.model})` },
    { name: `${what} content, SHA-256`, value: input.contentSha256 },
    { name: `${what} origin`, value: input.origin },
    counts
      ? { name: "Workloads", value: integer(input.workloads) }
      : { name: "Requests", value: integer(input.requests) }
  ]
}

/** Plug-ins of other makers, with what finds them again; Moira's own go by its version. */
const pluginOrigins = (documents: ReadonlyArray<ResultDocument>): ReadonlyArray<Origin> =>
  listReferences(documents.flatMap(({ plugins }) => plugins ?? [])).flatMap((reference) => {
    const { kind, name, contract, package: of, version, path, sha256, importsSha256 } = reference
    if (sha256 === undefined) return []
    const from = path ?? `${of} ${version ?? ""}`.trim()
    const imports = importsSha256 === undefined ? "" : `, of the files that it imports ${importsSha256}`
    const made = contract === undefined ? "" : `, ${contract}`
    return [{ name: `Plug-in: ${kind} ${name}`, value: `${from}${made}, SHA-256 ${sha256}${imports}` }]
  })

/** Names and values: the trace, the documents, then what each kind says. */
export const originsOf = (subject: Subject, { kinds }: ReportOptions): ReadonlyArray<Origin> => [
  ...inputOrigins(subject),
  { name: "Results", value: subject.evidence.documents.map((d) => `${d.schema} by Moira ${d.moira}`).join(", ") },
  ...pluginOrigins(subject.evidence.documents),
  ...inTurn(kinds, ({ origins }) => origins && [origins]).flatMap((of) => of(subject.evidence))
]

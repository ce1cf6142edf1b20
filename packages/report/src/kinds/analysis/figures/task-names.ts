/** Names of tasks as figures show them: without the benchmark where all share it, as in `mmlu/anatomy`. */
export const shortNames = (names: ReadonlyArray<string>): ReadonlyMap<string, string> => {
  const first = names[0] ?? ""
  const prefix = first.slice(0, first.indexOf("/") + 1)
  const shared = prefix !== "" && names.every((name) => name.startsWith(prefix) && name.length > prefix.length)
  return new Map(names.map((name) => [name, shared ? name.slice(prefix.length) : name]))
}

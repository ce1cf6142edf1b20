/** Names of groups that say what they hold, so that groups of different stores stay apart, and equal ones do not. */
import { createHash } from "node:crypto"
import type { RequestRow } from "../../requests.ts"

/** Name of a group by its members in order, with the name that a reader gave it. */
export const groupName = (told: string, members: ReadonlyArray<Pick<RequestRow, "sha256">>): string => {
  const of = createHash("sha256")
  for (const { sha256 } of members) of.update(sha256)
  return `${told === "" ? "beginning" : told}@${of.digest("hex").slice(0, 12)}`
}

/** The requests of one store with groups named by what they hold; names that say so already are kept. */
export const apartGroups = (rows: ReadonlyArray<RequestRow>): ReadonlyArray<RequestRow> => {
  if (rows.every(({ group }) => group === "")) return rows
  const names = new Map<string, string>()
  for (const [group, members] of Map.groupBy(rows, (row) => row.group)) {
    const told = group.replace(/@[0-9a-f]{12}$/, "")
    names.set(group, group === "" ? "" : groupName(told, members))
  }
  return rows.map((row) => ({ ...row, group: names.get(row.group)! }))
}

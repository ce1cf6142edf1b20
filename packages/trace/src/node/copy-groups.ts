/** Puts the selections of one file behind those of another, page by page. */
import { BadParquet } from "../parquet/bad-parquet.ts"
import { readColumns } from "./parquet/file-reader.ts"
import { requestPage, type SelectionsFile } from "./parquet/file-writer.ts"
import type { Group } from "./parquet/group.ts"
import type { Page } from "./parquet/pages.ts"
import { type RequestRow, storedTokens } from "../requests.ts"

/** Selections of requests that are described by `rows`, request 0 of the file first. */
export interface StoredSelections {
  readonly fd: number
  readonly groups: ReadonlyArray<Group>
  readonly rows: ReadonlyArray<RequestRow>
}

/**
 * Copies the groups `from` to `to - 1` of `source` to the end of `file`, where its request 0 becomes request `shift`.
 * Holds one group in memory. Throws `BadParquet` where a checksum differs or the rows are not those of the requests.
 */
export const copyGroups = (
  file: SelectionsFile,
  { fd, groups, rows }: StoredSelections,
  shift: number,
  from = 0,
  to = groups.length
): void => {
  // The layers of a chunk follow one another and share its request column.
  let shared: { readonly first: number; readonly last: number; readonly count: number; readonly page: Page } | undefined
  for (const group of groups.slice(from, to)) {
    if (shared === undefined || shared.first !== group.from || shared.last !== group.to) {
      const lengths = rows.slice(group.from, group.to + 1).map(storedTokens)
      const count = lengths.reduce((a, b) => a + b, 0)
      shared = { first: group.from, last: group.to, count, page: requestPage(shift + group.from, lengths) }
    }
    if (group.rows !== shared.count)
      throw new BadParquet(
        `${group.rows} rows where requests ${group.from} to ${group.to} have ${shared.count}`,
        group.columns[0].offset
      )
    file.copy(group, readColumns(fd, group), shared.page, shift)
  }
}

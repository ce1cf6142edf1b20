/** Takes rows that turned out to repeat an earlier request's out of a store's counts. */
import type { Model } from "@moira/core"
import { choosableIds, moeLayers } from "@moira/core"
import * as fs from "node:fs"
import type { OverviewCounts } from "../overview-counts.ts"
import { type RequestRow, storedTokens } from "../requests.ts"
import { readGroups, readIds } from "./parquet/file-reader.ts"

/**
 * `uncounted` are leading rows of each request that were not counted; where more of them are repeated, the rows between
 * are read from the finished file again. Only groups with such requests are read.
 */
export const uncountRepeats = (
  file: string,
  model: Model,
  rows: ReadonlyArray<RequestRow>,
  uncounted: ReadonlyArray<number>,
  counts: OverviewCounts
): void => {
  const more = (r: number): boolean => rows[r]!.repeatedTokens > uncounted[r]!
  if (!rows.some((_, r) => more(r))) return
  const { topK } = model
  const layerAt = new Map(moeLayers(model).map((layer, l) => [layer, l]))
  const fd = fs.openSync(file, "r")
  try {
    let ids = new Uint16Array(0)
    for (const group of readGroups(fd)) {
      const members = Array.from({ length: group.to - group.from + 1 }, (_, i) => group.from + i)
      if (!members.some(more)) continue
      if (ids.length < group.values) ids = new Uint16Array(group.values)
      readIds(fd, group, choosableIds(model), ids, 0)
      let at = 0
      for (const r of members) {
        const row = rows[r]!
        if (more(r)) {
          const part = ids.subarray((at + uncounted[r]!) * topK, (at + row.repeatedTokens) * topK)
          counts.takePrefill(row.benchmark, layerAt.get(group.layer)!, part)
        }
        at += storedTokens(row)
      }
    }
  } finally {
    fs.closeSync(fd)
  }
}

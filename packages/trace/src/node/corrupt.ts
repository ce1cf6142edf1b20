/** Damage of a store's files as the store's error. */
import { BadParquet } from "../parquet/bad-parquet.ts"
import { StoreError } from "../store.ts"

const again = "ingest the trace again, or restore the store from a copy"

/** A damaged file as the store's error. */
export const corrupt = (where: string) => (cause: unknown) =>
  new StoreError({
    reason: "Corrupt",
    where: cause instanceof BadParquet && cause.offset !== undefined ? `${where}, byte ${cause.offset}` : where,
    what: cause instanceof Error ? cause.message.replaceAll(/\s*\n\s*/g, " ") : String(cause),
    hint: again,
    cause
  })

/** What was found of the model while files were listed, for people: collected round a format's own listing. */
import { Context } from "effect"

/** Sentences are pushed; `defineFormat` adds them to the notes of the format. */
export const ModelNotes = Context.Reference<Array<string>>("@moira/ingest/ModelNotes", { defaultValue: () => [] })

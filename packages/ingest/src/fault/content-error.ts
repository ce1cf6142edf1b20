/** Faults of plain readers as the typed error of the main thread. */
import { FileFault, inFile } from "./content-fault.ts"
import { fileProblem, IngestError } from "./error.ts"

/** What went wrong in `file`, as the typed error; what the file system said is understood as well. */
export const contentError =
  (file: string) =>
  (cause: unknown): IngestError => {
    const fault = inFile(file, cause)
    if (!(fault instanceof FileFault)) return fileProblem(file)(fault)
    const { reason, where, what, hint } = fault
    return new IngestError({ reason, where, what, hint })
  }

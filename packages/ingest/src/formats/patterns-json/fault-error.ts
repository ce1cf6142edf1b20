/** A fault in a patterns-json file as the typed error of reading traces. */
import { IngestError } from "../../fault/error.ts"
import { describeFault, type Fault } from "./fault.ts"

/** The typed error of a fault in `file`. */
export const faultError = (file: string, modelId: string, fault: Fault): IngestError =>
  new IngestError(describeFault(file, modelId, fault))

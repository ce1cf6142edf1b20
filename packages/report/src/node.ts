/** Reading results and writing reports, without the drawing: kinds and reporters bring that along when they are loaded. */
export { decodeDocument } from "./decode.ts"
export { loadKinds } from "./node/kinds.ts"
export { readDocument } from "./node/read.ts"
export { writeReport } from "./node/write.ts"
export { isReportedKind, reportedKindFault, resultKind } from "./result-kind.ts"

/** The part of the pipeline that needs Node: experiments and their points in folders. */
export {
  folderInputs,
  type FolderInputsOptions,
  type MakeStore,
  openStore,
  type ReadCounts
} from "./node/folder-inputs.ts"
export { whatIsAt } from "./node/folder-counts.ts"
export { failureSchema, pointFolder } from "./node/point-folder.ts"

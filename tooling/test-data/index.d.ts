/** The path of a file or folder of the shared real data, or `undefined` (and a line on stderr) where it is absent. */
export declare const sharedData: (path: string) => string | undefined

/** One request as its file gives it, read the plain way: `ids[layerIndex][token][k]`, prefill tokens first. */
export interface PlainRequest {
  readonly benchmark: string
  readonly subject: string
  readonly language: string
  readonly source: string
  readonly sha256: string
  readonly prefillTokens: number
  readonly decodeTokens: number
  readonly ids: Uint16Array
}

/** All requests below a folder in patterns-json form, by subject and file name, through `JSON.parse`. */
export declare const readPatterns: (folder: string) => ReadonlyArray<PlainRequest>

/** How a fake hub is told what to hold and how to fail. */

/** What a request is for: the commit of a revision, a page of a list, a file's place, or its bytes. */
export type FakeRequestKind = "info" | "tree" | "resolve" | "bytes"

export interface FakeRequest {
  readonly kind: FakeRequestKind
  /** Folder or file of the data set. */
  readonly path: string
  /** The `Range` header. */
  readonly range: string | undefined
  readonly authorization: string | undefined
  /** How many requests of this kind and path came before. */
  readonly before: number
}

/** How to answer instead; what is left out stays as it should be. */
export interface Misbehaviour {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Destroys the connection after so many bytes of the body. */
  readonly cutAfter?: number
  /** Answers a range with the whole file. */
  readonly ignoreRange?: boolean
  /** Answers a range whatever the `If-Range` says. */
  readonly ignoreIfRange?: boolean
  /** Sends these bytes as the file. */
  readonly content?: Uint8Array
  /** Sends without saying how much. */
  readonly chunked?: boolean
  /** Never answers. */
  readonly silent?: boolean
}

export interface FakeHubOptions {
  readonly repo: string
  /** Content by path; may be changed while the server runs. */
  readonly files: Map<string, Uint8Array>
  /** Files of at least so many bytes are kept elsewhere, with a SHA-256, as the hub does. */
  readonly largeBytes?: number
  /** Content is gated, and this token has access. */
  readonly token?: string
  /** Entries of a page. */
  readonly pageSize?: number
  readonly misbehave?: (request: FakeRequest) => Misbehaviour | undefined
  /** Changes the list before it is sent. */
  readonly editList?: (entries: ReadonlyArray<object>) => ReadonlyArray<object>
}

export interface FakeHub {
  /** For `HF_ENDPOINT`. */
  readonly endpoint: string
  readonly requests: ReadonlyArray<FakeRequest>
  /** Bytes of files that left the server. */
  readonly sentBytes: () => number
  readonly close: () => Promise<void>
}

/** What sample documents are made for: the layers and experts of a model. */
export interface Shape {
  readonly layers: ReadonlyArray<number>
  readonly experts: number
  readonly topK: number
}

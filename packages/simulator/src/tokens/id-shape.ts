/** What the ids of tokens are like. */
export interface IdShape {
  readonly idBytes: number
  readonly topK: number
  readonly experts: number
}

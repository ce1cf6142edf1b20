/** What the shaded columns of a line chart are, for its caption; nothing without any. */
export const degenerateNote = (layers: ReadonlyArray<number>): string =>
  layers.length === 0 ? "" : " Shaded: degenerate layers, where one expert takes over 95 %; they are left out of means."

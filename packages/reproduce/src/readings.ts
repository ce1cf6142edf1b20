/** How the study is read where its words leave room, and what it would be otherwise. */

/** One thing that the study leaves open. */
export interface Reading {
  readonly of: string
  /** How it is read. */
  readonly read: string
  /** Section, algorithm line or figure of the study that says so. */
  readonly place: string
  /** Strategies that read it otherwise, and how. */
  readonly otherwise: ReadonlyArray<readonly [strategy: string, how: string]>
}

export const readings: ReadonlyArray<Reading> = [
  {
    of: "Base",
    read:
      "every active expert in 4 equal pieces (fitted), dealt to dies in order, the same at every layer and step: every die computes as much, blind to where experts " +
      "lie, and what is fetched grows with the number of experts",
    place: "V-A, Baseline Configurations; V-C, why DeepSeek and Kimi gain more",
    otherwise: [["base-blocks", "blocks of 50 requests, dealt round-robin, on from layer to layer"]]
  },
  {
    of: "Algorithm 1's split limit",
    read: "floor(arithmetic of the expert's tokens / one fetch from a neighbour), at least 1; holders stay before neighbours",
    place: "Algorithm 1, lines 3 to 5; IV-E.5, Task Allocation Algorithm; V-C, Comparison with EP",
    otherwise: [
      ["allo-shares", "as many dies as the expert's requests would fill in equal shares; holders always stay"]
    ]
  },
  {
    of: "ties in Algorithm 1",
    read: "of dies that would be done with a block at the same time: holders first, then the least load, then the lower id",
    place: "Algorithm 1, lines 5 and 8: a sort and an Argmin without a rule",
    otherwise: [["allo-high-ids", "the higher id instead of the lower"]]
  },
  {
    of: "Algorithm 1's blocks",
    read: "50 requests; a die's first block of an expert costs the longer of fetch and arithmetic, later ones their arithmetic",
    place: "Algorithm 1, lines 6 to 11; IV-E.5",
    otherwise: []
  },
  {
    of: "the predictor",
    read:
      "what a die reads from afar now and predicts for its next token is kept, from the first 16 of each heatmap row, as far as memory goes; its example reads " +
      "experts 1 and 4, predicts 2, 4 and 6, and keeps 4",
    place: "IV-E.5, Data-Driven Predictor; Figure 11(b); V-A, 10 % of DRAM reserved",
    otherwise: [
      ["pred-late", "what the previous token predicted for this one is kept, a token late"],
      ["pred-unlimited", "64 candidates of each row, and memory without an end"]
    ]
  },
  {
    of: "the batch",
    read: "requests of one trace in order, used again until the batch is full; weights take 2 bytes on links, activations nothing",
    place: "V-A, Models and Workloads; Table I (FP16)",
    otherwise: []
  },
  {
    of: "the mean of Figure 12's hops",
    read: "all hops of Base over all of a strategy, over models, machines and batches",
    place: "V-D does not say",
    otherwise: []
  },
  {
    of: "the mean of Figure 17",
    read: "batches of 1,024 to 16,384: below, reading the experts takes the time and no layout helps",
    place: "VI-B names batches of 64 to 16,384, VI-C one number each",
    otherwise: []
  }
]

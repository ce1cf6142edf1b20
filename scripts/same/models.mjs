/** Models and counts that every case may read. */
import { modelFiles } from "./fixtures.mjs"

/** Small enough for exact placement, and with groups of experts. */
const own = {
  few: { layers: 4, moe: { first: 0, last: 3, every: 1 }, experts: 8, sharedExperts: 0, topK: 2 },
  grouped: {
    layers: 5,
    moe: { first: 1, last: 4, every: 1 },
    experts: 64,
    sharedExperts: 1,
    topK: 6,
    routing: { groups: 8, groupsPerToken: 4 }
  }
}

const modelText = ([id, parts]) => [
  `models/${id}.json`,
  JSON.stringify({
    id,
    title: id,
    aliases: [],
    ...parts,
    hidden: 512,
    expertFfn: 256,
    servingBytesPerWeight: 1,
    source: "made up"
  })
]

/** Model files by path, seen from where commands run. */
export const shared = { ...modelFiles, ...Object.fromEntries(Object.entries(own).map(modelText)) }

/** Counts of `steps` steps, skewed otherwise in each layer: the same numbers for the same seed. */
export const counts = (layers, experts, seed, steps = 1) => {
  let state = seed
  const draw = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff) % 900
  const row = (layer) =>
    Array.from({ length: experts }, (_, e) => Math.floor(20_000 / (1 + ((e + layer) % experts))) + draw())
  const all = Array.from({ length: steps }, () => Array.from({ length: layers }, (_, layer) => row(layer)))
  return JSON.stringify({ logical_count: steps === 1 ? all[0] : all })
}

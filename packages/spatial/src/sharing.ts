/** Shared and specific experts over all layers. */
import type { NotMeasured, Sharing, SharingLayer, SharingMean } from "@moira/results"
import type { Grouping } from "./groups.ts"
import { type LayerProfiles, named } from "./profiles.ts"

const mean = (layers: ReadonlyArray<SharingLayer>, pick: (layer: SharingLayer) => number): number =>
  layers.reduce((sum, layer) => sum + pick(layer), 0) / layers.length

const meanOf = (kind: SharingLayer["kind"], layers: ReadonlyArray<SharingLayer>): ReadonlyArray<SharingMean> => {
  const usual = layers.filter((layer) => layer.kind === kind && !layer.degenerate)
  if (usual.length === 0) return []
  return [
    {
      kind,
      layers: usual.length,
      shared: mean(usual, (layer) => layer.shared),
      specific: mean(usual, (layer) => layer.specific),
      undecided: mean(usual, (layer) => layer.undecided),
      byChance: {
        shared: mean(usual, (layer) => layer.byChance.shared),
        someOnly: mean(usual, (layer) => layer.byChance.someOnly)
      }
    }
  ]
}

/** Why some tasks of a grouping, or all of it, are left out. */
const gaps = (
  { kind, groups }: Grouping,
  k: number,
  layers: ReadonlyArray<LayerProfiles>
): ReadonlyArray<NotMeasured> => {
  const what = `shared and specific experts by ${kind}`
  // That a kind has nothing to compare is said with its distances.
  if (groups.length < 2) return []
  const measured = layers.flatMap(({ groupings }) => groupings[k]!.sharing ?? [])
  const why = "too few selections: an expert of twice the mean share would be selected fewer than 5 times"
  if (measured.length === 0) return [{ what, why: `fewer than two ${kind}s with enough selections` }]
  const small = new Set(measured.flatMap((layer) => layer.small))
  const names = groups.flatMap(({ name }, g) => (small.has(g) ? [name] : []))
  return names.length === 0 ? [] : [{ what: `${what}, for ${named(names)}`, why }]
}

/** Layers kind by kind, their means, and what cannot be told. */
export const concludeSharing = (
  layers: ReadonlyArray<LayerProfiles>,
  groupings: ReadonlyArray<Grouping>
): { readonly sharing: Sharing; readonly notMeasured: ReadonlyArray<NotMeasured> } => {
  const each = groupings.flatMap(({ kind }, k) =>
    layers.flatMap(({ layer, degenerate, groupings: summaries }): ReadonlyArray<SharingLayer> => {
      const sharing = summaries[k]!.sharing
      if (sharing === undefined) return []
      const { small: _, experts, ...counted } = sharing
      return [{ kind, layer, degenerate, ...counted, experts: experts ?? [] }]
    })
  )
  return {
    sharing: { layers: each, means: groupings.flatMap(({ kind }) => meanOf(kind, each)) },
    notMeasured: groupings.flatMap((grouping, k) => gaps(grouping, k, layers))
  }
}

/** Layouts before and after, for people. */
import { formatBytes, formatCount, formatPs } from "@moira/core"
import { type PlaceDocument, type PlaceLayout } from "@moira/results"
import { table } from "./table.ts"

const fixed = (value: number): string => value.toFixed(3)

const range = (interval: readonly [number, number] | null, suffix: string): string =>
  interval === null ? "–" : `${interval[0].toFixed(2)} – ${interval[1].toFixed(2)}${suffix}`

const row = (layout: PlaceLayout): ReadonlyArray<string> => {
  const { optimizer, heldOut, inSample, migration, copiesSharingUnit, slotsPerUnit, crossServerBytes } = layout
  const { balances, speedup, layerTimePs, expertsPs } = heldOut ?? inSample
  return [
    optimizer,
    String(slotsPerUnit),
    fixed(balances.sglang),
    fixed(balances.vllm),
    fixed(balances.tensorrt),
    ...(heldOut === null ? [] : [fixed(inSample.balances.sglang)]),
    formatPs(expertsPs),
    formatPs(layerTimePs),
    `${speedup.toFixed(3)} x`,
    ...(layout.speedupInterval === null ? [] : [range(layout.speedupInterval, " x")]),
    formatCount(migration.slots),
    formatBytes(migration.bytes),
    formatBytes(migration.fetchedBytes),
    String(copiesSharingUnit),
    formatBytes(crossServerBytes)
  ]
}

/** A table of layouts, what its columns mean, and the files. */
export const placeText = ({ place }: PlaceDocument): string => {
  const { layouts, judgedOn, fittedOn, machine, units, batchTokens, formulas, trafficFrom, spareSlots } = place
  const heldOut = judgedOn !== null
  const header = [
    "layout",
    "slots",
    "SGLang",
    "vLLM",
    "TRT-LLM",
    ...(heldOut ? ["SGLang in sample"] : []),
    "experts",
    "layer step",
    "speedup",
    ...(layouts[0]!.speedupInterval === null ? [] : ["95 %"]),
    "slots moved",
    "bytes moved",
    "fetched",
    "shared",
    "over NICs"
  ]
  const server = new Set(place.serverOf).size
  const lines = [
    `${machine.name}: ${units} units in ${server} ${server === 1 ? "server" : "servers"}, ${spareSlots} spare slots a unit, ${formatCount(batchTokens)} tokens a layer step`,
    `placed by ${fittedOn}; judged on ${judgedOn ?? "the same, in sample"}`,
    "",
    table(header, layouts.map(row)),
    "",
    ...layouts.flatMap(({ optimizer, note }) => (note === undefined ? [] : [`${optimizer}: ${note}`])),
    ...(["sglang", "vllm", "tensorrt"] as const).map(
      (name) => `${{ sglang: "SGLang", vllm: "vLLM", tensorrt: "TRT-LLM" }[name].padEnd(8)} ${formulas[name]}`
    ),
    `speedup  layer step of the present layout over this one: dispatch, slowest unit's experts, combine; predicted`,
    `moved    slots that get another expert than they hold at present; fetched: those whose unit did not hold it at all`,
    `shared   copies on a unit that has the expert anyway; over NICs: bytes of a layer step between servers, a copy a unit`,
    trafficFrom === "tokens"
      ? "traffic  counted token by token"
      : "traffic  expected under independence: a token chooses each expert whatever else it chooses"
  ]
  const files = layouts.flatMap((layout) => layout.files.filter(({ exporter }) => exporter !== "traffic"))
  return [
    ...lines,
    ...(files.length === 0 ? [] : ["", ...files.map(({ file, exporter, loads }) => `${file}  ${exporter}: ${loads}`)]),
    ...place.notMeasured.map(({ what, why }) => `${what}: ${why}`)
  ].join("\n")
}

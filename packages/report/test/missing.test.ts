import type { ResultDocument } from "@moira/results"
import { assert, describe, it } from "@effect/vitest"
import { assertNoLeftovers, assertSelfContained, assertWellFormed } from "./sample/checks.ts"
import { box, dojo } from "./sample/simulation.ts"
import { small, smallAnalysis, smallSimulation } from "./sample/small.ts"
import { renderCsv, renderHtml, renderMarkdown, renderSvgs } from "./sample/render.ts"

/** Renders in every format, checks the text, and gives the page and the names of the figures. */
const render = (...documents: ReadonlyArray<ResultDocument>) => {
  const html = renderHtml(documents)
  const markdown = renderMarkdown(documents)
  const svgs = renderSvgs(documents)
  assertNoLeftovers(html, "html")
  assertSelfContained(html, "html")
  assertNoLeftovers(markdown, "markdown")
  for (const [name, svg] of svgs) {
    assertWellFormed(svg, name)
    assertNoLeftovers(svg, name)
  }
  for (const [name, csv] of renderCsv(documents)) assertNoLeftovers(csv, name)
  return { html, markdown, figures: [...svgs.keys()].map((name) => name.replace(".svg", "")) }
}

describe("what is missing is left out and said", () => {
  it("no documents", () => {
    const { html, figures } = render()
    assert.deepStrictEqual(figures, [])
    assert.include(html, "<!doctype html>")
  })

  it("no simulation", () => {
    const { html, figures } = render(smallAnalysis())
    assert.notInclude(figures, "throughput")
    assert.include(figures, "coverage-summary")
    assert.notInclude(html, "Where the work goes")
    assert.include(html, "<b>Simulation:</b>")
  })

  it("no analysis", () => {
    const { html, figures } = render(smallSimulation())
    assert.include(figures, "throughput")
    assert.notInclude(figures, "skew")
    assert.notInclude(html, "<h2>Temporal patterns")
    assert.include(html, "<b>Temporal analysis:</b>")
  })

  it("no temporal result, and a reason from the spatial one", () => {
    const document = smallAnalysis()
    document.temporal = null
    document.spatial!.pairs = null
    document.spatial!.notMeasured = [{ what: "Expert pairs (Ob5)", why: "the model selects one expert a token" }]
    const { html, markdown, figures } = render(document)
    assert.notInclude(figures, "coverage-summary")
    assert.notInclude(figures, "pair-cdf")
    assert.include(html, "<b>Expert pairs (Ob5):</b> the model selects one expert a token")
    assert.include(markdown, "the model selects one expert a token")
  })

  it("no spatial result", () => {
    const document = smallAnalysis()
    document.spatial = null
    assert.notInclude(render(document).figures, "popularity-heatmap")
  })

  it("one request: nothing is held out", () => {
    const document = smallAnalysis()
    document.input.requests = 1
    const unmeasured = { heldOut: null, interval: null, popularity: null }
    for (const relation of [document.temporal!.crossLayer!, document.temporal!.crossToken!]) {
      for (const layer of relation.layers) {
        Object.assign(layer.coverage, unmeasured)
        Object.assign(layer.topExpertCoverage, unmeasured)
      }
      Object.assign(relation.mean!, unmeasured)
      Object.assign(relation.meanTopExpert!, unmeasured)
    }
    for (const layer of document.spatial!.popularity.layers) Object.assign(layer.coverage, unmeasured)
    Object.assign(document.spatial!.popularity.mean!.coverage, unmeasured)
    const { html, figures } = render(document)
    assert.include(figures, "coverage-summary")
    assert.include(html, "not held out")
    assert.notInclude(html, "held out</span>", "no headline without a held-out figure")
  })

  it("every layer degenerate: no means", () => {
    const document = smallAnalysis()
    for (const relation of [document.temporal!.crossLayer!, document.temporal!.crossToken!]) {
      for (const layer of relation.layers) layer.degenerate = true
      relation.degenerateLayers = relation.layers.map((l) => l.layer)
      relation.mean = null
      relation.meanTopExpert = null
    }
    for (const layer of document.temporal!.prefillDecode!.layers) {
      Object.assign(layer, { degenerate: true, rhoFrequency: null, rhoCrossLayer: null, rhoCrossToken: null })
    }
    const none = Object.fromEntries(Object.keys(document.temporal!.prefillDecode!.mean).map((key) => [key, null]))
    Object.assign(document.temporal!.prefillDecode!.mean, none)
    for (const layer of document.spatial!.popularity.layers) layer.degenerate = true
    document.spatial!.popularity.mean = null
    document.spatial!.popularity.degenerateLayers = [...small.layers]
    const { figures } = render(document)
    assert.notInclude(figures, "coverage-summary")
    assert.notInclude(figures, "skew")
    assert.include(figures, "popularity-heatmap")
  })

  it("a single layer", () => {
    const shape = { ...small, layers: [7] }
    const { html, figures } = render(smallAnalysis(shape), smallSimulation({ shape }))
    assert.notInclude(figures, "cross-layer-coverage")
    assert.include(figures, "cross-token-coverage")
    assert.include(html, "1 MoE layer<")
    assert.include(html, "the trace holds a single MoE layer")
  })

  it("a top-1 model", () => {
    assert.notInclude(render(smallAnalysis({ ...small, topK: 1 })).figures, "pair-heatmaps")
  })

  it("empty lists everywhere", () => {
    const document = smallAnalysis()
    for (const relation of [document.temporal!.crossLayer!, document.temporal!.crossToken!]) {
      relation.heatmaps = []
      relation.layers = []
      relation.mean = null
      relation.meanTopExpert = null
    }
    document.temporal!.prefillDecode = null
    document.temporal!.positionDrift = null
    document.temporal!.requestDrift = null
    document.temporal!.reuse = null
    document.spatial!.popularity = { layers: [], mean: null, degenerateLayers: [] }
    document.spatial!.profiles = []
    document.spatial!.distances = []
    document.spatial!.pairs!.layers = []
    document.spatial!.pairs!.heatmaps = []
    document.spatial!.sharing = { layers: [], means: [] }
    const runs = smallSimulation()
    runs.runs = []
    assert.deepStrictEqual(render(document, runs).figures, [])
  })

  it("counts that are all zero", () => {
    const document = smallAnalysis()
    for (const { matrix } of [
      ...document.temporal!.crossLayer!.heatmaps,
      ...document.temporal!.crossToken!.heatmaps,
      ...document.spatial!.pairs!.heatmaps
    ]) {
      matrix.counts = matrix.counts.map(() => 0)
    }
    for (const layer of document.spatial!.popularity.layers) layer.counts = layer.counts.map(() => 0)
    const { figures } = render(document)
    assert.notInclude(figures, "cross-layer-heatmaps")
    assert.notInclude(figures, "pair-heatmaps")
    assert.notInclude(figures, "pair-blocks")
  })

  it("no blocks: none are drawn, and the table says so", () => {
    const document = smallAnalysis()
    const { blocks } = document.spatial!.pairs!
    for (const of of [...blocks.layers, blocks.common!]) {
      const none = { found: false, blocks: 0, sizes: [], alone: 32, of: [], p: 0.4, adjustedRand: null }
      Object.assign(of, none, { contrast: { inSample: 1.2, heldOut: 1.01, interval: null } })
    }
    const { figures } = render(document)
    assert.notInclude(figures, "pair-blocks")
    assert.match(renderCsv([document]).get("pair_block_layers.csv")!, /^\S+,all,false,0,32,1\.01,,,1\.2,0\.4,\r$/m)
  })

  it("blocks of single layers only are drawn in each layer's own order", () => {
    const document = smallAnalysis()
    Object.assign(document.spatial!.pairs!.blocks.common!, { found: false, of: [], sizes: [], blocks: 0 })
    const { html, figures } = render(document)
    assert.include(figures, "pair-blocks")
    assert.include(html, "Layer 3: 8 blocks")
    assert.include(html, "No blocks of the same expert numbers are common to all layers")
  })

  it("every layer degenerate: no lines of shared experts", () => {
    const document = smallAnalysis()
    for (const layer of document.spatial!.sharing.layers) layer.degenerate = true
    const { figures } = render(document)
    assert.notInclude(figures, "shared-experts")
    assert.notInclude(figures, "expert-sharing")
  })
})

describe("simulations of every shape", () => {
  it("a single run of base", () => {
    const { html } = render(smallSimulation({ strategies: ["base"], batches: [64] }))
    assert.include(html, "decode tokens/s through the MoE layers")
  })

  it("no base to compare with", () => {
    const { html } = render(smallSimulation({ strategies: ["ep"] }))
    assert.notInclude(html, "decode throughput over")
  })

  it("runs of before their time was told apart: nothing on what binds", () => {
    const document = smallSimulation()
    for (const { metrics } of document.runs)
      for (const id of Object.keys(metrics)) if (id.startsWith("bound_")) delete metrics[id]
    const { html, figures } = render(document)
    assert.notInclude(figures, "binds")
    assert.notInclude(html, "What binds")
  })

  it("no hops at all", () => {
    const document = smallSimulation()
    for (const run of document.runs) run.metrics["hops"] = 0
    assert.include(render(document).figures, "hops")
  })

  it("no metric, no layer, no load", () => {
    const document = smallSimulation()
    for (const run of document.runs) {
      Object.assign(run, { metrics: {}, layers: [], perStep: [], unitBusy: [], linkUtilisation: [] })
    }
    assert.notInclude(render(document).figures, "throughput")
  })

  it("energy of the links alone, where the machine prices nothing else", () => {
    const document = smallSimulation()
    for (const { metrics } of document.runs) {
      delete metrics["energy_memory_j"]
      delete metrics["energy_compute_j"]
      metrics["energy_j"] = metrics["energy_link_j"]!
    }
    const { html, figures } = render(document)
    assert.include(figures, "energy")
    assert.include(html, ">Energy of links<")
    assert.notInclude(html, ">Energy of DRAM<")
    for (const { metrics } of document.runs)
      for (const id of Object.keys(metrics)) if (id.startsWith("energy")) delete metrics[id]
    assert.notInclude(render(document).figures, "energy")
  })

  it("a metric that only a plug-in knows", () => {
    const document = smallSimulation()
    for (const run of document.runs) run.metrics["cache_hit_rate"] = 0.25
    assert.include(render(document).html, "cache_hit_rate")
  })

  it("units without positions get no mesh, but their load", () => {
    const { figures } = render(smallSimulation({ machines: [box] }))
    assert.notInclude(figures, "mesh")
    assert.include(figures, "unit-busy")
  })

  it("units on top of each other get no mesh", () => {
    const pile = { ...dojo, units: dojo.units.map((u) => ({ ...u, at: [0, 0] })) }
    assert.notInclude(render(smallSimulation({ machines: [pile] })).figures, "mesh")
  })

  it("machines side by side, with the same name but another spec told apart", () => {
    const other = { ...dojo, spec: { ...dojo.spec, dieBytesPerSec: 8e12 } }
    const { html } = render(smallSimulation({ machines: [dojo, other, box] }))
    assert.include(html, "dojo (spec 2)")
    assert.include(html, "dgx-h100")
  })

  it("settings that differ in the network are told apart", () => {
    const document = smallSimulation()
    const again = structuredClone(document.runs)
    for (const run of again) run.network = "bottleneck"
    document.runs.push(...again)
    const { html } = render(document)
    assert.include(html, "dojo, flow network")
    assert.include(html, "dojo, bottleneck network")
  })

  it("settings that differ in the KV reserve or in the most copies are told apart", () => {
    const document = smallSimulation()
    const again = structuredClone(document.runs)
    for (const run of document.runs) Object.assign(run, { kvReserveShare: 0.3, maxCopies: 2 })
    for (const run of again) Object.assign(run, { kvReserveShare: 0.5, maxCopies: 2 })
    document.runs.push(...again)
    const { html } = render(document)
    assert.include(html, "dojo, KV reserve 30")
    assert.include(html, "dojo, KV reserve 50")
    assert.notInclude(html, "at most 2 copies")
    for (const run of again) Object.assign(run, { kvReserveShare: 0.3, maxCopies: 4 })
    assert.include(render(document).html, "dojo, at most 4 copies")
  })

  it("the same document twice is the same report", () => {
    const document = smallSimulation()
    const strip = (html: string) => html.replaceAll(/moira-simulation\/1 by Moira [^<]*/g, "")
    assert.strictEqual(strip(renderHtml([document, document])), strip(renderHtml([document])))
  })
})

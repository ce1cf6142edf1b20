import { assert, describe, it } from "@effect/vitest"
import { evidenceOf } from "@moira/results"
import * as fs from "node:fs"
import * as path from "node:path"
import { advice } from "./sample/advice.ts"
import { analysis } from "./sample/analysis.ts"
import { assertNoLeftovers, assertSelfContained, assertWellFormed } from "./sample/checks.ts"
import { comparison } from "./sample/comparison.ts"
import { counts } from "./sample/counts.ts"
import { forecast } from "./sample/forecast.ts"
import { offload } from "./sample/offload.ts"
import { place } from "./sample/place.ts"
import { simulation } from "./sample/simulation.ts"
import { small, smallAnalysis, smallSimulation } from "./sample/small.ts"
import { figures, renderSvgs, sections } from "./sample/render.ts"

const sample = [analysis(), simulation(), counts(), forecast(), offload(), place(), advice(), comparison()]

describe("figures of the sample", () => {
  for (const { id, section, draw } of figures) {
    it(id, () => {
      const figure = draw(evidenceOf(sample))!
      assert.isDefined(figure, "the sample holds what every figure needs")
      assert.strictEqual(figure.id, id)
      assert.isTrue(sections.some((s) => s.id === section))
      assertWellFormed(figure.svg, id)
      assertNoLeftovers(figure.svg, id)
      assertSelfContained(figure.svg, id)
      for (const text of [figure.title, figure.caption]) {
        assert.isAbove(text.length, 10)
        assertNoLeftovers(text, id)
      }
      assert.match(figure.svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]*role="img" aria-label="/)
      const [width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(figure.svg)!.slice(1).map(Number) as [number, number]
      assert.isTrue(width === 470 || (width > 900 && width <= 960), `width ${width}`)
      assert.isTrue(height >= 80 && height <= 1100, `height ${height}`)
    })
  }
})

describe("the list of figures", () => {
  it("has each id once, in kebab case", () => {
    const ids = figures.map((f) => f.id)
    assert.strictEqual(new Set(ids).size, ids.length)
    for (const id of ids) assert.match(id, /^[a-z]+(?:-[a-z]+)*$/)
  })

  it("has every file that makes a figure", () => {
    const makers = fs
      .globSync("../src/kinds/*/figures/*.ts", { cwd: import.meta.dirname })
      .filter((file) => /= figure\(/.test(fs.readFileSync(path.join(import.meta.dirname, file), "utf8")))
      .map((file) => path.basename(file, ".ts"))
    assert.sameMembers(
      figures.map((f) => f.id),
      makers
    )
  })

  it("keeps the sections in reading order", () => {
    const order = figures.map((f) => sections.findIndex((s) => s.id === f.section))
    assert.deepStrictEqual(
      order,
      order.toSorted((a, b) => a - b)
    )
  })
})

describe("drawing", () => {
  it("gives the same bytes again, whatever was drawn in between", () => {
    const first = renderSvgs([
      smallAnalysis(),
      smallSimulation(),
      forecast(small),
      counts(),
      offload(small),
      place(small),
      advice(small),
      comparison(small)
    ])
    renderSvgs([simulation({ strategies: ["base"] })])
    const second = renderSvgs([
      smallAnalysis(),
      smallSimulation(),
      forecast(small),
      counts(),
      offload(small),
      place(small),
      advice(small),
      comparison(small)
    ])
    assert.deepStrictEqual([...second], [...first])
    assert.strictEqual(first.size, figures.length)
  })

  it("leaves no id that two figures on a page could share", () => {
    for (const [name, svg] of renderSvgs([smallAnalysis(), smallSimulation()])) {
      assert.isFalse(/ id="|url\(#|<style/.test(svg), name)
    }
  })

  it("keeps labels inside the picture", () => {
    const documents = [smallAnalysis(), smallSimulation()]
    for (const run of documents[1]!.schema === "moira-simulation/1" ? documents[1]!.runs : []) {
      run.strategy.name += " with a name that is longer than anyone would choose for a strategy"
    }
    for (const [name, svg] of renderSvgs(documents)) {
      const [, width] = /viewBox="0 0 (\d+)/.exec(svg)!
      for (const [, x] of svg.matchAll(/<text x="(-?[\d.]+)"/g)) {
        // Texts inside moved groups are relative to their group, so only the far side can be told.
        assert.isAtMost(Number(x), Number(width), name)
      }
    }
  })

  it("draws every unit and every link of a mesh, for the baseline and for the best strategy", () => {
    const svg = figures.find((f) => f.id === "mesh")!.draw(evidenceOf([smallSimulation()]))!.svg
    const ramps = [...svg.matchAll(/<g class="ramp">.*?<\/g>/gs)].map(([group]) => group)
    assert.strictEqual(ramps.length, 2)
    for (const group of ramps) {
      assert.strictEqual(group.match(/<rect/g)?.length, 25)
      assert.strictEqual(group.match(/<path/g)?.length, 80)
    }
  })

  it("lists the baseline first, then base, then the others", () => {
    const svg = figures.find((f) => f.id === "throughput")!.draw(evidenceOf([smallSimulation({ batches: [64] })]))!.svg
    const names = [...svg.matchAll(/>(base|ep|allo)</g)].map(([, name]) => name)
    assert.deepStrictEqual(names, ["ep", "base", "allo"])
  })

  it("says what binds the leading run, and how far it is from its lower bound", () => {
    const document = smallSimulation()
    const { caption } = figures.find((f) => f.id === "binds")!.draw(evidenceOf([document]))!
    assert.match(
      caption,
      /allo on dojo at batch 16,384 is bound by reading for 80.% of its time and by imbalance for 10.%/
    )
    const [, ratio] = /it takes ([\d.]+)× the lower bound/.exec(caption)!
    const run = document.runs.find(({ batch, strategy }) => batch === 16_384 && strategy.name === "allo")!
    assert.strictEqual(Number(ratio), Number(run.metrics["lower_bound_ratio"]!.toFixed(2)))
  })

  it("marks no hops in words", () => {
    const svg = figures.find((f) => f.id === "hops")!.draw(evidenceOf([smallSimulation()]))!.svg
    assert.strictEqual(svg.match(/>0 hops</g)?.length, 2)
  })

  it("shades degenerate layers and leaves them out of the lines", () => {
    const document = smallAnalysis(small)
    const relation = document.temporal!.crossToken!
    const draw = () => figures.find((f) => f.id === "cross-token-coverage")!.draw(evidenceOf([document]))!
    const before = draw()
    const layer = relation.layers[2]!
    layer.degenerate = true
    layer.coverage = { inSample: 1, heldOut: 0.999, interval: [0.998, 1], popularity: 0.998 }
    relation.degenerateLayers = [layer.layer]
    const after = draw()
    assert.notInclude(before.caption, "degenerate")
    assert.include(after.caption, "degenerate")
    const pieces = (svg: string) => /aria-label="area"[^>]*><path d="([^"]*)"/.exec(svg)![1]!.split("M").length - 1
    assert.deepStrictEqual([pieces(before.svg), pieces(after.svg)], [1, 2], "the band has a gap where the line has one")
    assert.strictEqual(
      before.svg.match(/<circle/g)!.length - after.svg.match(/<circle/g)!.length,
      3,
      "one dot less of held out, of popularity and across tasks"
    )
    assert.notInclude(after.svg, ">100")
  })
})

/** An analysis document as a DeepSeek-like trace would give, made from seeded draws and checked by the schema. */
import { AnalysisDocument, type Coverage, type CountMatrix, type Input, type TaskProfile } from "@moira/results"
import { Schema } from "effect"
import { curveThrough, popularity, rounded, seed, stream } from "./draws.ts"
import { positionDrift, requestDrift, reuse } from "./drift.ts"
import type { Shape } from "./shape.ts"

export const deepSeek: Shape = { layers: Array.from({ length: 58 }, (_, i) => i + 3), experts: 256, topK: 8 }

export const input = ({ layers, experts, topK }: Shape): Input => ({
  model: "deepseek-v3",
  title: "DeepSeek-V3 / R1 671B",
  contentSha256: "6f1ed002ab5595859014ebf0951522d9b1b9a1c2f4e0d6f7a8b9c0d1e2f3a4b5",
  requests: 4096,
  prefillTokens: 812_544,
  decodeTokens: 521_730,
  layers: [...layers],
  experts,
  topK,
  origin: "synthetic"
})

const coverage = (base: number, gain: number, spread: number): Coverage => ({
  inSample: rounded(base + gain + 0.05),
  heldOut: rounded(base + gain),
  interval: [rounded(base + gain - spread), rounded(base + gain + spread)],
  popularity: rounded(base),
  acrossTasks: {
    tasks: 57,
    heldOut: rounded(base + gain - 0.08),
    directions: [rounded(base + gain - 0.09), rounded(base + gain - 0.07)],
    popularity: rounded(base - 0.05)
  }
})

/** Joint counts of a relation with a popular background, some strong followers, and a diagonal if wanted. */
const joint = (experts: number, layer: number, diagonal: number): CountMatrix => {
  const draw = stream("joint", layer, diagonal)
  const from = popularity(experts, layer)
  const to = popularity(experts, diagonal > 0 ? layer : layer + 1)
  const followers = Array.from({ length: experts }, () => [0, 1, 2].map(() => draw.below(experts)))
  const counts = Array.from({ length: experts * experts }, (_, cell) => {
    const [i, j] = [Math.floor(cell / experts), cell % experts]
    const strong = (followers[i]!.includes(j) ? 14 : 1) + (i === j ? diagonal : 0)
    return Math.round(from[i]! * to[j]! * strong * Math.exp(0.45 * draw.normal()) * 9)
  })
  return { size: experts, counts }
}

const relation = (shape: Shape, kind: "cross-layer" | "cross-token") => {
  const { experts } = shape
  const layers = kind === "cross-layer" ? shape.layers.slice(0, -1) : shape.layers
  const draw = stream(kind)
  const rows = layers.map((layer, i) => {
    const depth = i / Math.max(1, layers.length - 1)
    const base = 0.395 + 0.04 * Math.sin(depth * 5) + 0.008 * draw.normal()
    const gain = (kind === "cross-layer" ? 0.1 - 0.03 * depth : 0.03 + 0.09 * depth) + 0.006 * draw.normal()
    const all = coverage(base, gain, 0.011)
    const top = coverage(base, gain + 0.07, 0.02)
    return {
      layer,
      nextLayer: kind === "cross-layer" ? shape.layers[i + 1]! : layer,
      degenerate: false,
      coverage: all,
      topExpert: draw.below(experts),
      topExpertCoverage: top,
      cdf: curveThrough(experts, all.inSample).map(rounded),
      topExpertCdf: curveThrough(experts, top.inSample).map(rounded),
      diagonalLift: rounded(
        kind === "cross-layer" ? 1 + 0.12 * draw.normal() : 1.6 + 5.5 * depth ** 2 + 0.3 * draw.uniform()
      )
    }
  })
  const picks = [...new Set([layers[0]!, layers[Math.floor(layers.length / 2)]!, layers.at(-1)!])]
  return {
    layers: rows,
    mean: coverage(0.404, kind === "cross-layer" ? 0.085 : 0.071, 0.006),
    meanTopExpert: coverage(0.404, kind === "cross-layer" ? 0.156 : 0.141, 0.012),
    degenerateLayers: [],
    heatmaps: picks.map((layer) => ({
      layer,
      nextLayer: rows.find((r) => r.layer === layer)!.nextLayer,
      matrix: joint(experts, layer, kind === "cross-token" ? 2 + layer / 4 : 0)
    }))
  }
}

const mean = (values: ReadonlyArray<number>): number => rounded(values.reduce((a, b) => a + b, 0) / values.length)

const phases = ({ layers }: Shape) => {
  const draw = stream("phases")
  const rows = layers.map((layer, i) => ({
    layer,
    degenerate: false,
    rhoFrequency: rounded(Math.min(0.97, 0.86 + 0.04 * Math.sin(i / 7) + 0.02 * draw.normal())),
    rhoCrossLayer: rounded(0.71 + 0.05 * Math.sin(i / 9) + 0.02 * draw.normal()),
    rhoCrossToken: rounded(0.61 + 0.07 * Math.sin(i / 6) + 0.025 * draw.normal()),
    overlapTop5: (2 + draw.below(3)) / 5,
    overlapTop10: (6 + draw.below(4)) / 10,
    overlapTop20: (16 + draw.below(5)) / 20
  }))
  const of = (key: Exclude<keyof (typeof rows)[number], "layer" | "degenerate">) => mean(rows.map((r) => r[key]))
  const ceiling = {
    rhoFrequency: 0.985,
    rhoCrossLayer: 0.84,
    rhoCrossToken: 0.82,
    overlapTop5: 0.96,
    overlapTop10: 0.95,
    overlapTop20: 0.94
  }
  return {
    layers: rows.map((row) => ({ ...row, ceiling })),
    mean: {
      rhoFrequency: of("rhoFrequency"),
      rhoCrossLayer: of("rhoCrossLayer"),
      rhoCrossToken: of("rhoCrossToken"),
      overlapTop5: of("overlapTop5"),
      overlapTop10: of("overlapTop10"),
      overlapTop20: of("overlapTop20"),
      ceiling
    }
  }
}

const shares = (counts: ReadonlyArray<number>, n: number) => {
  const total = counts.reduce((a, b) => a + b, 0)
  return counts
    .map((count, expert) => ({ expert, share: rounded(count / total) }))
    .toSorted((a, b) => b.share - a.share || a.expert - b.expert)
    .slice(0, n)
}

const popularityLayers = ({ layers, experts }: Shape) =>
  layers.map((layer) => {
    const counts = [...popularity(experts, layer)].map((w) => Math.round(w * 36_000))
    const total = counts.reduce((a, b) => a + b, 0)
    const sorted = counts.toSorted((a, b) => a - b)
    const weighted = sorted.reduce((sum, c, i) => sum + (i + 1) * c, 0)
    const top = sorted.slice(-Math.round(experts / 5)).reduce((a, b) => a + b, 0) / total
    return {
      layer,
      degenerate: false,
      counts,
      skewMaxOverMean: rounded((sorted.at(-1)! * experts) / total),
      gini: rounded((2 * weighted) / (experts * total) - (experts + 1) / experts),
      entropyBits: rounded(counts.reduce((h, c) => (c === 0 ? h : h - (c / total) * Math.log2(c / total)), 0)),
      coverage: {
        inSample: rounded(top),
        heldOut: rounded(top - 0.005),
        interval: [rounded(top - 0.01), rounded(top)],
        popularity: 0.2
      },
      topN: topN(experts, top),
      top: shares(counts, 10)
    }
  })

const topN = (experts: number, top20: number) =>
  Array.from({ length: Math.ceil(Math.log2(experts)) }, (_, i) => {
    const inSample = rounded((2 ** i / experts) ** (Math.log(top20) / Math.log(0.2)))
    return { experts: 2 ** i, inSample, heldOut: rounded(inSample - 0.003) }
  })

const subjects =
  "abstract_algebra anatomy astronomy business_ethics clinical_knowledge college_biology college_chemistry college_computer_science college_mathematics college_medicine college_physics computer_security conceptual_physics econometrics electrical_engineering elementary_mathematics formal_logic global_facts high_school_biology high_school_chemistry high_school_computer_science high_school_european_history high_school_geography high_school_government_and_politics high_school_macroeconomics high_school_mathematics high_school_microeconomics high_school_physics high_school_psychology high_school_statistics high_school_us_history high_school_world_history human_aging human_sexuality international_law jurisprudence logical_fallacies machine_learning management marketing medical_genetics miscellaneous moral_disputes moral_scenarios nutrition philosophy prehistory professional_accounting professional_law professional_medicine professional_psychology public_relations security_studies sociology us_foreign_policy virology world_religions".split(
    " "
  )

/** Area of knowledge of a subject, so that related ones come out near each other. */
const area = (name: string): number =>
  /math|algebra|physics|chem|stat|computer|logic|engineer|machine/.test(name)
    ? 0
    : /bio|med|anat|clin|vir|nutri|aging/.test(name)
      ? 1
      : 2

const profile = (
  kind: TaskProfile["kind"],
  name: string,
  requests: number,
  layer: number,
  experts: number
): TaskProfile => {
  const common = popularity(experts, layer)
  const group = stream(kind, kind === "subject" ? area(name) : name, layer)
  const own = stream(kind, name, layer)
  const counts = [...common].map((w) =>
    Math.round(1e4 * w * Math.exp((kind === "subject" ? 0.55 : 0.2) * group.normal() + 0.35 * own.normal()))
  )
  return { kind, name, requests, layer, top: shares(counts, 10) }
}

const distances = (kind: TaskProfile["kind"], names: ReadonlyArray<string>) => {
  const draw = stream("distance", kind)
  return names.flatMap((a, i) =>
    names.slice(i).map((b) => ({
      kind,
      a,
      b,
      // A task and itself are two halves of its requests.
      distance: rounded(
        (a === b ? 0.09 : 0.16) +
          (a !== b && (kind === "language" || area(a) !== area(b)) ? 0.2 : 0) +
          0.05 * draw.uniform()
      ),
      noise: a === b ? null : { mean: 0.08, high: 0.11 }
    }))
  )
}

const sharing = (kind: TaskProfile["kind"], names: ReadonlyArray<string>, { layers, experts }: Shape) => {
  const draw = stream("sharing", kind)
  const middle = layers[Math.floor(layers.length / 2)]!
  return layers.map((layer) => {
    const hot = Math.max(3, Math.round(experts / 12))
    const listed = Array.from({ length: hot }, (_, i) => {
      const hotIn = i % 3 === 0 ? names.length : 1
      const overMean = rounded(2 + 9 * draw.uniform())
      return {
        expert: (i * 7 + layer) % experts,
        sharing: i % 3 === 0 ? "shared" : i % 3 === 1 ? "specific" : "undecided",
        hotIn,
        task: names[i % names.length]!,
        overMean,
        elsewhere: rounded(i % 3 === 1 ? overMean * 0.15 : overMean * 0.8),
        z: rounded(i % 3 === 1 ? 9 : 1.5)
      }
    })
    const count = (of: string) => listed.filter((expert) => expert.sharing === of).length
    return {
      kind,
      layer,
      degenerate: false,
      tasks: names.length,
      threshold: 3.4,
      shared: count("shared"),
      specific: count("specific"),
      undecided: count("undecided"),
      byChance: { shared: count("shared") + 2.4, someOnly: 2.1 },
      experts: layer === middle ? listed : []
    }
  })
}

const sharingResult = (shape: Shape) => {
  const kinds = [
    { kind: "benchmark", names: ["mmlu", "livecodebench"] },
    { kind: "subject", names: subjects.map((s) => `mmlu/${s}`) },
    { kind: "language", names: ["en", "zh"] }
  ] as const
  const layers = kinds.flatMap(({ kind, names }) => sharing(kind, names, shape))
  return {
    layers,
    means: kinds.map(({ kind }) => {
      const own = layers.filter((of) => of.kind === kind)
      return {
        kind,
        layers: own.length,
        shared: mean(own.map((of) => of.shared)),
        specific: mean(own.map((of) => of.specific)),
        undecided: mean(own.map((of) => of.undecided)),
        byChance: { shared: mean(own.map((of) => of.byChance.shared)), someOnly: 2.1 }
      }
    })
  }
}

/** The squares of `pairs`, found. */
const partition = (experts: number) => {
  const size = Math.max(1, Math.floor(experts / 8))
  const blocks = Math.ceil(experts / size)
  return {
    found: true,
    blocks,
    sizes: Array.from({ length: blocks }, (_, b) => Math.min(size, experts - b * size)),
    alone: 0,
    of: Array.from({ length: experts }, (_, e) => Math.floor(e / size)),
    contrast: { inSample: 4.1, heldOut: 4, interval: [3.8, 4.2] },
    p: 0.01,
    adjustedRand: 1
  }
}

/** Pair counts with the squares that a routing limit to groups of experts makes. */
const pairs = (experts: number, layer: number): CountMatrix => {
  const draw = stream("pairs", layer)
  const weight = popularity(experts, layer)
  const size = Math.max(1, Math.floor(experts / 8))
  const counts = Array.from({ length: experts * experts }, () => 0)
  for (let i = 0; i < experts; i++) {
    for (let j = 0; j < i; j++) {
      const together = Math.floor(i / size) === Math.floor(j / size) ? 3.2 : 0.8
      const special = draw.uniform() < 0.004 ? 18 : 1
      const count = Math.round(20 * weight[i]! * weight[j]! * together * special * Math.exp(0.6 * draw.normal()))
      counts[i * experts + j] = count
      counts[j * experts + i] = count
    }
  }
  return { size: experts, counts }
}

const topPairs = (share: number) => ({
  inSample: rounded(share),
  heldOut: rounded(share - 0.02),
  interval: [rounded(share - 0.03), rounded(share - 0.01)],
  popularity: rounded(share - 0.2)
})

const pairResult = ({ layers, experts }: Shape) => {
  const draw = stream("pair layers")
  const rows = layers.map((layer) => {
    const top10Share = 0.66 + 0.05 * draw.uniform()
    const power = Math.log(top10Share) / Math.log(0.1)
    return {
      layer,
      maxOverRandom: rounded(18 + 22 * draw.uniform()),
      maxOverUniform: rounded(60 + 22 * draw.uniform()),
      top10Share: rounded(top10Share),
      top10: topPairs(top10Share),
      cdf: Array.from({ length: 101 }, (_, k) => rounded((k / 100) ** power))
    }
  })
  const picks = [...new Set([layers[0]!, layers[Math.floor(layers.length / 2)]!, layers.at(-1)!])]
  return {
    layers: rows,
    mean: {
      maxOverRandom: mean(rows.map((r) => r.maxOverRandom)),
      maxOverUniform: mean(rows.map((r) => r.maxOverUniform)),
      top10Share: mean(rows.map((r) => r.top10Share)),
      top10: topPairs(mean(rows.map((r) => r.top10Share)))
    },
    heatmaps: picks.map((layer) => ({ layer, matrix: pairs(experts, layer) })),
    blocks: {
      catalogueGroups: 8,
      layers: layers.map((layer) => ({ layer, degenerate: false, ...partition(experts) })),
      common:
        layers.length < 2 ? null : { ...partition(experts), contrast: { inSample: 3.1, heldOut: 3, interval: null } }
    }
  }
}

const spatial = (shape: Shape) => {
  const layers = popularityLayers(shape)
  const middle = shape.layers[Math.floor(shape.layers.length / 2)]!
  const named = subjects.map((s) => `mmlu/${s}`)
  return {
    popularity: {
      layers,
      mean: {
        skewMaxOverMean: mean(layers.map((l) => l.skewMaxOverMean)),
        gini: mean(layers.map((l) => l.gini)),
        entropyBits: mean(layers.map((l) => l.entropyBits)),
        coverage: { inSample: 0.448, heldOut: 0.443, interval: [0.438, 0.447], popularity: 0.2 },
        topN: topN(shape.experts, 0.448)
      },
      degenerateLayers: []
    },
    profiles: [
      ...named.map((name) => profile("subject", name, 40, middle, shape.experts)),
      ...["en", "zh"].map((name) => profile("language", name, 900, middle, shape.experts)),
      ...["mmlu", "livecodebench"].map((name) => profile("benchmark", name, 900, middle, shape.experts))
    ],
    distances: [
      ...distances("subject", named),
      ...distances("language", ["en", "zh"]),
      ...distances("benchmark", ["mmlu", "livecodebench"])
    ],
    sharing: sharingResult(shape),
    pairs: shape.topK > 1 ? pairResult(shape) : null,
    notMeasured: shape.topK > 1 ? [] : [{ what: "Ob5: expert pairs", why: "the model selects one expert a token" }]
  }
}

export const analysis = (shape: Shape = deepSeek): AnalysisDocument =>
  Schema.decodeUnknownSync(AnalysisDocument)({
    schema: "moira-analysis/1",
    moira: "0.0.0",
    input: input(shape),
    seed,
    heldOutShare: 0.5,
    temporal: {
      crossLayer: shape.layers.length > 1 ? relation(shape, "cross-layer") : null,
      crossToken: relation(shape, "cross-token"),
      prefillDecode: phases(shape),
      positionDrift: positionDrift(shape),
      requestDrift: requestDrift(shape),
      reuse: reuse(shape),
      notMeasured:
        shape.layers.length > 1 ? [] : [{ what: "Ob1: next layer", why: "the trace holds a single MoE layer" }]
    },
    spatial: spatial(shape)
  })

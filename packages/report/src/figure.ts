/** What a figure is, and what draws one. */
import type { ResultDocument } from "@moira/results"
import { type Picture, svgFile } from "./drawing/picture.ts"
import { unbroken } from "./format.ts"

export interface Figure {
  /** Stable name; also the file name of the SVG. */
  readonly id: string
  readonly title: string
  /** How to read it and what it shows, in one or two sentences. */
  readonly caption: string
  /** A whole SVG file. */
  readonly svg: string
}

/** Sections of the report, in reading order. */
export const sections = [
  {
    id: "work",
    title: "Where the work goes",
    lead: "The same requests on the same machine, with the work handed out by each strategy."
  },
  {
    id: "load",
    title: "Load on the machine",
    lead: "How busy units and links are while the simulated layers run."
  },
  { id: "layers", title: "Layer times", lead: "Where in the model, and when in decoding, the time is spent." },
  {
    id: "placement",
    title: "Placement",
    lead:
      "Where experts and their copies lie on the units, before and after: what each layout makes of the same traffic, predicted " +
      "by the machine's own times."
  },
  {
    id: "caches",
    title: "Caches of experts",
    lead:
      "One unit whose memory holds some of the experts, the rest behind a link: what each policy hits and what that is " +
      "worth, on requests that nothing was learnt from."
  },
  {
    id: "insights",
    title: "Six insights",
    lead:
      "What the study concluded, judged on this trace: supported, weak, not supported or not testable, by bars that are " +
      "the same for every trace, and what follows in numbers."
  },
  {
    id: "temporal",
    title: "Temporal patterns",
    lead:
      "What one selection foretells of the next. Held-out figures lead: candidates are chosen on one half of the " +
      "requests and counted on the other. In-sample figures are there to compare with the study."
  },
  {
    id: "phases",
    title: "Prefill to decode",
    lead: "Whether the experts that a prompt selects are those that its answer will select."
  },
  {
    id: "spatial",
    title: "Spatial patterns",
    lead: "Which experts are hot, for which tasks, and which are selected together."
  },
  {
    id: "forecast",
    title: "Forecasts",
    lead:
      "What predictors make of the patterns on requests that they have not seen: trained on some requests, fitted on " +
      "others, judged on the rest."
  }
] as const
export type SectionId = (typeof sections)[number]["id"]

/** What a figure's own function gives; the frame and the accessible name are added around it. */
export interface Sketch {
  readonly title: string
  readonly caption: string
  readonly picture: Picture
}

export interface FigureMaker {
  readonly id: string
  readonly section: SectionId
  /** The figure, or `undefined` where the documents do not hold what it needs. The documents are of one trace. */
  readonly draw: (documents: ReadonlyArray<ResultDocument>) => Figure | undefined
}

export const figure = (
  id: string,
  section: SectionId,
  sketch: (documents: ReadonlyArray<ResultDocument>) => Sketch | undefined
): FigureMaker => ({
  id,
  section,
  draw: (documents) => {
    const drawn = sketch(documents)
    if (drawn === undefined) return undefined
    const title = unbroken(drawn.title)
    const caption = unbroken(drawn.caption)
    return { id, title, caption, svg: svgFile(drawn.picture, `${title}. ${caption}`) }
  }
})

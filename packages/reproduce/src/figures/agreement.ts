import { figure } from "@moira/report"
import { bars, column, figureWidth, hue, key, tick } from "@moira/report/drawing"
import { comparedOf, unmeasuredOf } from "../compared.ts"
import { reproductionsOf } from "../kind/reproductions.ts"

const parts = [
  { name: "agree", colour: hue.green },
  { name: "differ", colour: hue.orange },
  { name: "not measured", colour: hue.grey }
]

/** How many values of each experiment agree with what was published. */
export const agreement = figure("reproduction-agreement", "reproduction", (evidence) => {
  const rows = reproductionsOf(evidence)
    .flatMap(({ experiments }) => experiments)
    .map(({ title, rows: compared }) => {
      const values = comparedOf(compared)
      const agreeing = values.filter(({ agrees }) => agrees).length
      return { title, counts: [agreeing, values.length - agreeing, unmeasuredOf(compared)] }
    })
    .filter(({ counts }) => counts.some((count) => count > 0))
  if (rows.length === 0) return undefined
  const picture = bars(
    [
      {
        title: "",
        rows: rows.map(({ title, counts }) => ({
          label: title,
          segments: parts.map(({ colour }, i) => ({ value: counts[i]!, colour })),
          text: `${counts[0]} of ${counts[0]! + counts[1]!}`
        }))
      }
    ],
    { label: "Values with a published one", format: tick(String) },
    figureWidth.full
  )
  return {
    title: "How much agrees with what was published",
    caption:
      "Values of synthetic twins, of real traces and of Moira alone count one each. Not measured are published values that nothing " +
      "given to the reproduction can be compared with.",
    picture: column(
      [
        key(
          parts.map(({ name, colour }) => ({ label: name, colour })),
          figureWidth.full
        ),
        picture
      ],
      10
    )
  }
})

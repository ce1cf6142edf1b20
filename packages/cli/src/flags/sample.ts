/** How much of a run is simulated for a first look, as N or LAYERSxSTEPS. */
import { Schema, SchemaTransformation } from "effect"
import { Flag } from "effect/cli"

const Sample = Schema.Struct({ layers: Schema.Int, steps: Schema.Int })

const SampleText = Schema.String.pipe(
  Schema.check(
    Schema.isPattern(/^[0-9]{1,6}(x[0-9]{1,6})?$/, { message: "expected a whole number, or two as in 8x16" })
  ),
  Schema.decodeTo(
    Sample,
    SchemaTransformation.transform<typeof Sample.Encoded, string>({
      decode: (text) => {
        const [layers, steps = layers] = text.split("x").map(Number)
        return { layers: layers!, steps: steps! }
      },
      encode: ({ layers, steps }) => `${layers}x${steps}`
    })
  )
)

export const sampleFlag = Flag.String("sample").pipe(Flag.withSchema(SampleText))

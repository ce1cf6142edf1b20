// Says whether the plug-ins named demo-KIND are found by name, as the command would find them.
import { nodePlugins } from "../src/node.ts"
import { Plugins } from "../src/plugins.ts"
import { Effect } from "effect"

/** Kinds of examples whose package.json says another word, or that are chosen in programs only. */
const words = { backend: "hardware" }
const manifestOf = async (kind) => (await import(`../../demo-${kind}/package.json`, { with: { type: "json" } })).default

const kinds = process.argv.slice(2)
const program = Effect.gen(function* () {
  const plugins = yield* Plugins
  for (const kind of kinds) {
    const word = words[kind] ?? kind
    const { moira } = yield* Effect.promise(() => manifestOf(kind))
    if (moira?.[word] === undefined) throw new Error(`demo-${kind}: its package.json does not bring a ${word}`)
    const any = { name: word, title: kind, contract: "any/v1", is: () => true }
    if (!plugins.names(any).includes(`demo-${kind}`)) throw new Error(`demo-${kind} is not found by name`)
    yield* plugins.load(any, `demo-${kind}`)
  }
})
await Effect.runPromise(program.pipe(Effect.provide(nodePlugins)))
console.log(`found by name: ${kinds.map((kind) => `demo-${kind}`).join(", ")}`)

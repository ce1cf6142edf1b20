/** Which fields an experiment document may have at a path, from the JSON Schema of its kind. */
import { Schema } from "effect"
import { experimentOf, type RunKind } from "./schema.ts"

interface Node {
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly anyOf?: ReadonlyArray<Node>
  readonly allOf?: ReadonlyArray<Node>
  readonly items?: Node
  readonly additionalProperties?: Node | boolean
}

const nodes = new Map<RunKind, { readonly root: Node; readonly definitions: Readonly<Record<string, Node>> }>()

const treeOf = (run: RunKind) => {
  const known = nodes.get(run)
  if (known !== undefined) return known
  const { schema, definitions } = Schema.toJsonSchemaDocument(experimentOf[run], { onExcessProperty: "error" })
  const tree = { root: schema as Node, definitions: definitions as Readonly<Record<string, Node>> }
  nodes.set(run, tree)
  return tree
}

/** A node, and the alternatives and references that it stands for. */
const alternatives = (node: Node, definitions: Readonly<Record<string, Node>>): ReadonlyArray<Node> => [
  node,
  ...[...(node.anyOf ?? []), ...(node.allOf ?? [])].flatMap((one) => alternatives(one, definitions)),
  ...(node.$ref === undefined ? [] : alternatives(definitions[node.$ref.split("/").at(-1)!] ?? {}, definitions))
]

/** Names of the fields below a path; undefined where the path leads nowhere, empty where any name goes. */
export const fieldsAt = (run: RunKind, path: ReadonlyArray<string | number>): ReadonlyArray<string> | undefined => {
  const { root, definitions } = treeOf(run)
  let here = alternatives(root, definitions)
  for (const part of path) {
    const next = here.flatMap((node) => {
      if (typeof part === "number") return node.items === undefined ? [] : [node.items]
      const named = node.properties?.[part]
      if (named !== undefined) return [named]
      return typeof node.additionalProperties === "object" ? [node.additionalProperties] : []
    })
    if (next.length === 0) return undefined
    here = next.flatMap((node) => alternatives(node, definitions))
  }
  return [...new Set(here.flatMap(({ properties = {} }) => Object.keys(properties)))]
}

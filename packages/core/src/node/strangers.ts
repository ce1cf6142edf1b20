/** Plug-ins from outside that a program loaded: what one of them throws, wherever it is called, is told as its own. */
import { fileURLToPath } from "node:url"

/** Titles of kinds by module. */
const loaded = new Map<string, string>()

/** Notes that a module from outside was loaded as a plug-in of some kind. */
export const notePlugin = (module: string, kind: string): void => {
  loaded.set(module, kind)
}

/** The uppermost place in code that a stack names, Node's own left out. */
const uppermost = (stack: string): string | undefined =>
  stack.split("\n").find((line) => /^\s+at /.test(line) && !/\bnode:|\(native\)|<anonymous>\)?$/.test(line))

/** The plug-in from outside whose own code threw an error, by the error's stack; undefined where it was other code. */
export const throwingPlugin = (error: unknown): { readonly kind: string; readonly module: string } | undefined => {
  const place = error instanceof Error && error.stack !== undefined ? uppermost(error.stack) : undefined
  if (place === undefined) return undefined
  for (const [module, kind] of loaded)
    if (place.includes(`${module}:`) || (module.startsWith("file:") && place.includes(`${fileURLToPath(module)}:`)))
      return { kind, module }
  return undefined
}

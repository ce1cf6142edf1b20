import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../../shared/data/", import.meta.url))

export const sharedData = (path) => {
  const full = join(root, path)
  if (existsSync(full)) return full
  console.warn(`skipped: no real data at ${full}`)
  return undefined
}

export const readPatterns = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(".json"))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((file) => {
      const source = join(folder, file)
      const elements = JSON.parse(readFileSync(source, "utf8"))
      const layers = Object.keys(elements[0]).filter((layer) => elements[0][layer] !== null)
      const [benchmark, subject] = source.split("/").slice(-3)
      return {
        benchmark,
        subject,
        language: "en",
        source,
        sha256: "",
        prefillTokens: elements[0][layers[0]].length,
        decodeTokens: elements.length - 1,
        ids: Uint16Array.from(layers.flatMap((layer) => elements.flatMap((element) => element[layer].flat())))
      }
    })

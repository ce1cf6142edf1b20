/** Reads the packages, their floors and what each imports, from turbo.json tags and from the code below `src`. */
import { globSync, readFileSync } from "node:fs"

/** Floors from the ground up, and the tags of the packages on each. */
export const floors = [
  { name: "contracts", tags: ["contract"] },
  { name: "engines and backends", tags: ["engine", "plugin"] },
  { name: "composers", tags: ["composer"] },
  { name: "library", tags: ["library"] },
  { name: "apps", tags: ["app", "extension"] }
]

/** A comment may name a package; only what stands in an import, an export or a resolve counts. */
const imported = /(?:\bfrom|\bimport|import\(|resolve\()\s*"@moira\/([a-z-]+)/g

const json = (file) => JSON.parse(readFileSync(file, "utf8"))

const importsOf = (folder, name) => {
  const texts = globSync(`${folder}/src/**/*.ts`).map((file) => readFileSync(file, "utf8"))
  const named = texts.flatMap((text) => [...text.matchAll(imported)].map(([, other]) => other))
  return [...new Set(named)].filter((other) => other !== name).toSorted((a, b) => (a < b ? -1 : 1))
}

/** Packages by name, as `{ name, floor, about, imports }`, sorted. */
export const readHouse = () =>
  globSync("packages/*/package.json")
    .map((file) => {
      const folder = file.slice(0, -"/package.json".length)
      const name = folder.slice("packages/".length)
      const [tag] = json(`${folder}/turbo.json`).tags
      const floor = floors.findIndex(({ tags }) => tags.includes(tag))
      if (floor < 0) throw new Error(`${folder}: no floor for tag ${tag}`)
      return { name, floor, about: json(file).description, imports: importsOf(folder, name) }
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** Imports that go up, and those of one floor that go in a circle: a line each. */
export const faults = (packages) => {
  const byName = new Map(packages.map((one) => [one.name, one]))
  const reaches = (from, to, seen = new Set()) =>
    byName.get(from).imports.some((next) => {
      if (next === to) return true
      if (seen.has(next)) return false
      seen.add(next)
      return reaches(next, to, seen)
    })
  return packages.flatMap(({ name, floor, imports }) =>
    imports.flatMap((other) => {
      const target = byName.get(other)
      if (target === undefined) return [`${name} imports ${other}, which is no package`]
      if (target.floor > floor)
        return [`${name} (${floors[floor].name}) imports ${other} (${floors[target.floor].name})`]
      return target.floor === floor && reaches(other, name) ? [`${name} imports ${other}, which imports it`] : []
    })
  )
}

/** How many rows a package stands above the lowest of its floor, so that arrows within a floor go down too. */
const depthsOf = (packages) => {
  const byName = new Map(packages.map((one) => [one.name, one]))
  const depths = new Map()
  const depth = (name) => {
    if (!depths.has(name)) {
      const { floor, imports } = byName.get(name)
      const below = imports.filter((other) => byName.get(other).floor === floor).map(depth)
      depths.set(name, below.length === 0 ? 0 : 1 + Math.max(...below))
    }
    return depths.get(name)
  }
  for (const { name } of packages) depth(name)
  return depths
}

/** Rows of packages from the roof to the ground; a floor is more than one row where its packages import each other. */
export const rowsOf = (packages) => {
  const depths = depthsOf(packages)
  const rows = Map.groupBy(packages, ({ name, floor }) => 100 * floor + depths.get(name))
  return [...rows].toSorted(([a], [b]) => b - a).map(([at, members]) => ({ floor: Math.floor(at / 100), members }))
}

/** Imports without those that follow from others. */
export const needed = (packages) => {
  const byName = new Map(packages.map((one) => [one.name, one]))
  const below = new Map()
  const allBelow = (name) => {
    if (!below.has(name)) {
      const { imports } = byName.get(name)
      below.set(name, new Set(imports.flatMap((other) => [other, ...allBelow(other)])))
    }
    return below.get(name)
  }
  return packages.flatMap(({ name, imports }) =>
    imports
      .filter((other) => !imports.some((between) => between !== other && allBelow(between).has(other)))
      .map((other) => ({ from: name, to: other }))
  )
}

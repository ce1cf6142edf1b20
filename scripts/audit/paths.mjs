// Every path that a page names in backquotes, and every relative link, leads to something: pages rot where files move.
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

const named = /`((?:packages|docs|scripts|examples|tooling|src|test|assembly|bench)\/[\w@+./-]+)`/g
const linked = /\]\(((?!\w+:|#)[^)\s#]+)[^)\s]*\)/g

/** Words in capitals stand for a name: `packages/NAME`. */
const isExample = (path) => /(?:^|\/)[A-Z]+(?:\/|$)/.test(path)

/** A page of a package names its own files from the package's folder, all others from the root. */
const homeOf = (page) => /^(?:packages|examples|tooling)\/[^/]+/.exec(page)?.[0] ?? "."

export const pathFaults = () =>
  globSync(["*.md", "{docs,packages/*,examples/*,tooling/*}/**/*.md"])
    .filter((page) => !/node_modules|CHANGELOG|dist\//.test(page))
    .flatMap((page) => {
      const text = readFileSync(page, "utf8")
      const gone = [...text.matchAll(named)].flatMap(([, path]) =>
        isExample(path) || existsSync(path) || existsSync(join(homeOf(page), path))
          ? []
          : [`names ${path}, which is not there`]
      )
      const broken = [...text.matchAll(linked)].flatMap(([, path]) =>
        existsSync(join(dirname(page), path)) ? [] : [`links to ${path}, which is not there`]
      )
      return [...gone, ...broken].map((what) => `${page}: ${what}`)
    })

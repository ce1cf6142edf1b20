// Packs every public package and checks the tarballs the way a user would meet them:
// publint, arethetypeswrong, no workspace:/catalog: left, and a clean install + import outside the repository.
import { execFileSync } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const run = (command, args, options = {}) =>
  execFileSync(command, args, { encoding: "utf8", shell: process.platform === "win32", ...options })

/** A connection that the registry drops must not hold the run for npm's five minutes: stop early, try once more. */
const install = (cwd) => {
  const flags = ["--no-audit", "--no-fund", "--prefer-offline", "--fetch-timeout=20000", "--fetch-retries=3"]
  const attempt = () => run("npm", ["install", ...flags], { cwd, stdio: "pipe", timeout: 120_000 })
  try {
    attempt()
  } catch {
    attempt()
  }
}

/** Plug-ins as a stranger installs them, used by name: they are known from their own package.json. */
const strangers = [
  "03-own-trace-format",
  "05-own-analysis",
  "06-own-predictor",
  "12-own-reporter",
  "15-own-runner",
  "17-own-counts-format",
  "18-own-command"
]

/** Two tokens of Mixtral in the format of the example: experts 0 and 1 at each of 32 layers. */
const ownTrace = `own 1 1${" 0 1".repeat(64)}\n`

const useStrangers = (command, cwd) => {
  writeFileSync(join(cwd, "t.own"), ownTrace)
  writeFileSync(join(cwd, "decode.counts"), "own-counts 1 2\n3 4\n")
  for (const line of [
    "ingest t.own --model mixtral-8x7b --out own.moira",
    "ingest decode.counts --out own.counts",
    "own-command twin.moira --top 2",
    "forecast twin.moira --predictors popularity,example-06-own-predictor",
    "analyze twin.moira --with @moira/example-05-own-analysis --out own-analysis",
    "report own-analysis/analysis.json own-analysis/working-set.json --kind @moira/example-05-own-analysis --out own-report --format md,example-12-own-reporter"
  ])
    run(command, line.split(" "), { cwd, stdio: "pipe" })
  const simulate = "simulate twin.moira --machine dojo --batch 64 --steps 2 --json --runner"
  const simulated = ["example-15-own-runner", "inline"].map((runner) =>
    run(command, [...simulate.split(" "), runner], { cwd, stdio: "pipe" })
  )
  if (simulated[0] !== simulated[1]) throw new Error("the stranger's runner gave other results")
  const page = readFileSync(join(cwd, "own-report/report.md"), "utf8")
  if (!page.includes("Working set")) throw new Error("the report has no chapter of the stranger's analysis")
  if (!readFileSync(join(cwd, "own-report/headlines.txt"), "utf8").includes("# own-working-set/1"))
    throw new Error("the stranger's report format was not used")
}

/** What a bundle can lose: threads, folders of plug-ins, what draws, and the Effect that it shares with plug-ins from outside. */
const useCommand = (command, cwd) => {
  cpSync("examples/02-own-backend/src/index.ts", join(cwd, "star.ts"))
  for (const line of [
    "--version",
    "synth --model deepseek-v2-lite --requests 16 --prefill 4 --decode 4 --out twin.moira",
    "analyze twin.moira --workers 2 --out analysis",
    "place twin.moira --machine dgx-h100 --slots 1 --export sglang,trtllm --out place",
    "simulate twin.moira --backend ./star.ts --machine own-backend-8 --strategy base,moira --batch 64 --steps 2 --workers 2"
  ])
    run(command, line.split(" "), { cwd, stdio: "pipe" })
}

/** A pipeline of one's own over the installed packages: every stage by name or value, its analysis a chapter. */
const compose = (cwd) => {
  cpSync("examples/16-compose/src", join(cwd, "own-pipeline"), { recursive: true })
  run("node", ["own-pipeline/main.ts"], { cwd, stdio: "pipe" })
  if (!readFileSync(join(cwd, "report.html"), "utf8").includes("Repeated experts"))
    throw new Error("the report of the composed pipeline has no chapter of its own analysis")
}

const packages = readdirSync("packages")
  .map((name) => ({
    dir: join("packages", name),
    ...JSON.parse(readFileSync(join("packages", name, "package.json"), "utf8"))
  }))
  .filter((p) => !p.private)
/** Names of packages to check; all when left out. */
const wanted = process.argv.slice(2)
const work = mkdtempSync(join(tmpdir(), "packs-"))
const tarballs = new Map()
let failed = 0

try {
  const packed = (dir) => {
    const file = join(work, `${dir.replaceAll(/\W/g, "_")}.tgz`)
    run("pnpm", ["pack", "--out", file], { cwd: dir })
    return file
  }
  for (const p of packages) tarballs.set(p.name, packed(p.dir))
  const closure = (name, seen = new Set()) => {
    if (tarballs.has(name) && !seen.has(name)) {
      seen.add(name)
      const p = packages.find((candidate) => candidate.name === name)
      for (const dependency of Object.keys({ ...p.dependencies, ...p.peerDependencies })) closure(dependency, seen)
    }
    return seen
  }
  for (const p of packages.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    try {
      const manifest = run("tar", ["-xOf", tarballs.get(p.name), "package/package.json"])
      if (/"(workspace|catalog):/.test(manifest))
        throw new Error("workspace: or catalog: left in the packed package.json")
      run("publint", ["run", tarballs.get(p.name), "--strict"])
      run("attw", [tarballs.get(p.name), "--profile", "esm-only"])
      const consumer = join(work, `use-${p.name.replace(/[@/]/g, "_")}`)
      execFileSync("mkdir", ["-p", consumer])
      // The tarballs stand in for every range that asks for them: nothing of ours is looked up in the registry.
      const ours = Object.fromEntries([...closure(p.name)].map((name) => [name, `file:${tarballs.get(name)}`]))
      const isApp = p.bin !== undefined
      if (isApp) for (const name of strangers) ours[`@moira/example-${name}`] = `file:${packed(join("examples", name))}`
      if (isApp) for (const [name, file] of tarballs) ours[name] = `file:${file}`
      const asked = { name: "consumer", private: true, type: "module", dependencies: ours, overrides: ours }
      writeFileSync(join(consumer, "package.json"), JSON.stringify(asked))
      install(consumer)
      const exported = run(
        "node",
        ["-e", `import(${JSON.stringify(p.name)}).then((m) => console.log(Object.keys(m).join(" ")))`],
        { cwd: consumer }
      )
      for (const bin of Object.keys(p.bin ?? {})) {
        useCommand(join("node_modules", ".bin", bin), consumer)
        useStrangers(join("node_modules", ".bin", bin), consumer)
        compose(consumer)
      }
      console.log(`ok      ${p.name}@${p.version}: ${exported.trim()}`)
    } catch (error) {
      failed++
      console.log(`FAILED  ${p.name}: ${error.message}\n${error.stdout ?? ""}`)
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
console.log(`packages: ${packages.length - failed} well-formed, ${failed} not`)
process.exit(failed === 0 ? 0 : 1)

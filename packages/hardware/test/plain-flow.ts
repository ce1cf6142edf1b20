/** The event-driven network told plainly: every flow alone, rates worked out anew at every event, no typed arrays. */
import type { Fabric } from "../src/machine.ts"
import type { LayerWork } from "../src/work.ts"

interface Flow {
  readonly resources: ReadonlyArray<string>
  rest: number
  rate: number
  readonly done: (nowPs: number) => void
}

/** Progressive filling over single flows. */
const setRates = (flows: ReadonlyArray<Flow>, capacity: ReadonlyMap<string, number>): void => {
  const left = new Map(capacity)
  let open = [...flows]
  while (open.length > 0) {
    const shares = [...left].flatMap(([name, bytes]) => {
      const users = open.filter(({ resources }) => resources.includes(name)).length
      return users === 0 ? [] : [{ name, share: bytes / users }]
    })
    const least = shares.reduce((a, b) => (b.share < a.share ? b : a))
    for (const flow of open.filter(({ resources }) => resources.includes(least.name))) {
      flow.rate = least.share
      for (const name of flow.resources) left.set(name, left.get(name)! - least.share)
    }
    open = open.filter(({ resources }) => !resources.includes(least.name))
  }
}

/** Makespan in picoseconds, without rounding. */
export const plainFlow = (fabric: Fabric, work: LayerWork): number => {
  const { units, machine } = fabric
  const capacity = new Map<string, number>([
    ...machine.links.map(({ id, bytesPerSec }) => [`link ${id}`, bytesPerSec / 1e12] as const),
    ...Array.from({ length: units }, (_, u) => [`memory ${u}`, fabric.memoryBytesPerSec[u]! / 1e12] as const)
  ])
  const route = (from: number, to: number) => machine.route(from, to).map((id) => machine.links[id]!)
  const linkNames = (from: number, to: number) => route(from, to).map(({ id }) => `link ${id}`)
  const latency = (from: number, to: number) => route(from, to).reduce((sum, { latencyPs }) => sum + latencyPs, 0)
  const flows = new Set<Flow>()
  const later: Array<{ readonly atPs: number; readonly act: (nowPs: number) => void }> = []
  let makespan = 0
  let clockPs = 0
  const reached = (atPs: number) => (makespan = Math.max(makespan, atPs))
  const units_ = Array.from({ length: units }, (_, u) => {
    const tasks = Array.from({ length: work.count }, (__, i) => i).filter(
      (i) => work.unit[i] === u && work.tokens[i] !== 0
    )
    const copies = Array.from({ length: work.count }, (__, i) => i).filter(
      (i) => work.unit[i] === u && work.tokens[i] === 0
    )
    const cached = tasks.filter((i) => work.cached[i] === 1)
    const local = tasks.filter((i) => work.source[i] === u && !cached.includes(i))
    return {
      local,
      cached,
      copies,
      remote: tasks.filter((i) => !local.includes(i) && !cached.includes(i)),
      order: [...tasks],
      // All reads, and the decision.
      waiting: tasks.length - cached.length + 1,
      busy: false,
      ready: 0
    }
  })
  const arrived = new Map<number, number>()
  /** What is kept is written, copies are read, so many at a time, and what the unit has is computed. */
  const compute = (u: number, nowPs: number): void => {
    const written = work.localWriteBytes[u]!
    if (written > 0) flows.add({ resources: [`memory ${u}`], rest: written, rate: 0, done: reached })
    for (let i = 0; i < fabric.outstandingFetches; i++) copy(u)
    if (units_[u]!.order.length === 0) return
    let end = units_[u]!.ready
    for (const task of units_[u]!.order.toSorted((a, b) => arrived.get(a)! - arrived.get(b)!)) {
      const flop = work.tokens[task]! * work.flopPerToken
      end = Math.max(end, arrived.get(task)!) + fabric.taskOverheadPs[u]! + (flop * 1e12) / fabric.flopsPerSec[u]!
    }
    reached(end)
    const act = (atPs: number) => {
      for (let home = 0; home < units; home++) {
        const copies = work.tokenCopies[home * units + u]!
        if (home === u || copies === 0) continue
        flows.add({
          resources: linkNames(u, home),
          rest: copies * work.combineBytesPerToken,
          rate: 0,
          done: (t) => reached(t + latency(u, home))
        })
      }
      void atPs
    }
    later.push({ atPs: Math.max(end, nowPs), act })
  }
  const delay = (source: number, u: number) =>
    fabric.llcMissPs[u]! + fabric.memoryLatencyPs[source]! + latency(u, source) + latency(source, u)
  const copy = (u: number): void => {
    const task = units_[u]!.copies.shift()
    if (task === undefined) return
    const source = work.source[task]!
    flows.add({
      resources: [`memory ${source}`, ...linkNames(source, u)],
      rest: work.weightBytes,
      rate: 0,
      done: (t) => {
        reached(t + delay(source, u))
        copy(u)
      }
    })
  }
  const fetch = (u: number, which: "local" | "remote"): void => {
    const unit = units_[u]!
    if (clockPs < work.decidedPs && (which === "remote" || work.firstReads[unit.local[0]!] !== 1)) return
    const task = unit[which].shift()
    if (task === undefined) return
    if (which === "local") unit.busy = true
    const source = work.source[task]!
    flows.add({
      resources: [`memory ${source}`, ...linkNames(source, u)],
      rest: work.weightBytes,
      rate: 0,
      done: (t) => {
        arrived.set(task, t + delay(source, u))
        if (which === "local") unit.busy = false
        fetch(u, which)
        if (--unit.waiting === 0) compute(u, t)
      }
    })
  }
  const goOn = (): void => {
    for (let u = 0; u < units; u++) {
      if (!units_[u]!.busy) fetch(u, "local")
      for (let i = 0; i < fabric.outstandingFetches; i++) fetch(u, "remote")
      for (let from = 0; from < units; from++) {
        const copies = work.tokenCopies[from * units + u]!
        if (from === u || copies === 0) continue
        units_[u]!.waiting++
        const done = (t: number) => {
          units_[u]!.ready = Math.max(units_[u]!.ready, t + latency(from, u))
          if (--units_[u]!.waiting === 0) compute(u, t)
        }
        flows.add({ resources: linkNames(from, u), rest: copies * work.dispatchBytesPerToken, rate: 0, done })
      }
    }
    units_.forEach((unit, u) => {
      for (const task of unit.cached) arrived.set(task, clockPs + fabric.llcHitPs[u]!)
      if (--unit.waiting === 0) compute(u, clockPs)
    })
  }
  if (work.decidedPs === 0) goOn()
  else {
    for (let u = 0; u < units; u++) fetch(u, "local")
    later.push({ atPs: work.decidedPs, act: goOn })
  }
  for (;;) {
    setRates([...flows], capacity)
    const ends = [...flows].map(({ rest, rate }) => clockPs + rest / rate)
    const next = Math.min(...ends, ...later.map(({ atPs }) => atPs))
    if (next === Infinity) return makespan
    const passed = next - clockPs
    clockPs = next
    const finished: Array<Flow> = []
    for (const flow of flows) {
      flow.rest -= flow.rate * passed
      if (flow.rest <= 1e-6 * work.weightBytes * 1e-3) finished.push(flow)
    }
    for (const flow of finished) {
      flows.delete(flow)
      flow.done(clockPs)
    }
    for (const event of later.filter(({ atPs }) => atPs <= clockPs)) {
      later.splice(later.indexOf(event), 1)
      event.act(clockPs)
    }
  }
}

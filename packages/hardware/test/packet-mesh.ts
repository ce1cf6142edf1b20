/**
 * A cycle-accurate mesh of input-queued routers, as a reference for the event-driven network: XY routing, wormhole
 * switching, virtual channels with finite buffers and credits, one flit a cycle on every link, into and out of the mesh.
 *
 * A head flit takes 2 + 4 x routers visited cycles without traffic, and each further flit one more. A router gives its
 * outputs in turn to waiting inputs, each output to the next input in turn (a maximal matching); an output moves one flit
 * a cycle, and so does an input.
 */

export interface PacketMeshOptions {
  readonly columns: number
  readonly rows: number
  /** Virtual channels of each input. */
  readonly channels: number
  /** Room of each virtual channel. */
  readonly bufferFlits: number
}

export interface PacketMesh {
  /** Hands a packet to the network interface of `from`, which sends its packets in this order. */
  readonly send: (from: number, to: number, flits: number, tag: number) => void
  /** One cycle; tells the tag and target of every packet whose last flit comes out in it. */
  readonly step: (delivered: (tag: number, to: number) => void) => void
  /** Cycles passed. */
  readonly now: () => number
  /** Flits that came out. */
  readonly out: () => number
  /** Packets that `node` holds back because the mesh does not take them yet. */
  readonly waiting: (node: number) => number
}

/** From entering the mesh, or leaving a router, to asking for the next output; and from leaving the last router to being out. */
const [routerCycles, exitCycles, creditCycles] = [4, 2, 2]
const ports = 5
const [local, east, west, south, north] = [0, 1, 2, 3, 4]

export const makePacketMesh = ({ columns, rows, channels, bufferFlits }: PacketMeshOptions): PacketMesh => {
  const nodes = columns * rows
  const inputs = nodes * ports * channels
  // Virtual channel v of input port p of router r is `(r * ports + p) * channels + v`: a ring of flits.
  const flitPacket = new Int32Array(inputs * bufferFlits)
  const flitReady = new Int32Array(inputs * bufferFlits)
  const first = new Int32Array(inputs)
  const count = new Int32Array(inputs)
  /** Room as the sender knows it: lowered when a flit leaves for it, raised when the credit is back. */
  const room = new Int32Array(inputs).fill(bufferFlits)
  /** Whether a packet is being sent into it, whose flits must not mix with another's. */
  const taken = new Uint8Array(inputs)
  /** Output port, and input beyond it, that the packet in front has been given; -1 where none has. */
  const outPort = new Int32Array(inputs).fill(-1)
  const beyond = new Int32Array(inputs).fill(-1)
  /** Packets in front that want each output. */
  const wanted = new Int32Array(nodes * ports)
  /** Flits of the packet in front that are still to leave. */
  const left = new Int32Array(inputs)
  const turn = new Int32Array(nodes * ports)
  const channelTurn = new Int32Array(nodes * ports)
  const inputBusy = new Int32Array(nodes * ports).fill(-1)
  const credits = Array.from({ length: creditCycles }, (): Array<number> => [])
  const exits = Array.from({ length: exitCycles }, (): Array<number> => [])

  const packetTo: Array<number> = []
  const packetFlits: Array<number> = []
  const packetTag: Array<number> = []
  const queue = Array.from({ length: nodes }, (): Array<number> => [])
  const queueFirst = new Int32Array(nodes)
  const entering = new Int32Array(nodes).fill(-1)
  const enteringLeft = new Int32Array(nodes)
  let [now, out] = [0, 0]

  const portTo = (router: number, target: number): number => {
    const [x, tx] = [router % columns, target % columns]
    if (tx !== x) return tx > x ? east : west
    const [y, ty] = [Math.floor(router / columns), Math.floor(target / columns)]
    return ty === y ? local : ty > y ? south : north
  }
  const step = [0, 1, -1, columns, -columns]
  const opposite = [local, west, east, north, south]

  /** Routes the packet whose head flit has come to the front of a virtual channel. */
  const route = (input: number): void => {
    const packet = flitPacket[input * bufferFlits + first[input]!]!
    const router = Math.floor(input / (ports * channels))
    const port = portTo(router, packetTo[packet]!)
    outPort[input] = port
    left[input] = packetFlits[packet]!
    wanted[router * ports + port]!++
  }

  const push = (input: number, packet: number, ready: number): void => {
    const at = input * bufferFlits + ((first[input]! + count[input]!++) % bufferFlits)
    flitPacket[at] = packet
    flitReady[at] = ready
    room[input]!--
    if (outPort[input]! < 0) route(input)
  }

  /** A virtual channel of an input port that no packet is being sent into and that has room, in turn; -1 if there is none. */
  const freeChannel = (port: number): number => {
    for (let i = 0; i < channels; i++) {
      const v = (channelTurn[port]! + i) % channels
      const input = port * channels + v
      if (taken[input] === 1 || room[input] === 0) continue
      channelTurn[port] = v + 1
      return input
    }
    return -1
  }

  /** The network interface of a node sends one flit a cycle, one packet after the other. */
  const enter = (node: number): void => {
    if (enteringLeft[node] === 0) {
      const packet = queue[node]![queueFirst[node]!]
      if (packet === undefined) return
      const input = freeChannel(node * ports + local)
      if (input < 0) return
      queueFirst[node]!++
      entering[node] = input
      taken[input] = 1
      enteringLeft[node] = packetFlits[packet]!
    }
    const input = entering[node]!
    if (room[input] === 0) return
    push(input, queue[node]![queueFirst[node]! - 1]!, now + routerCycles)
    if (--enteringLeft[node]! === 0) taken[input] = 0
  }

  /** Whether the flit in front may leave by `port` now; gives its packet a channel beyond when it has none. */
  const mayLeave = (input: number, router: number, port: number): boolean => {
    if (count[input] === 0 || flitReady[input * bufferFlits + first[input]!]! > now) return false
    if (port === local) return true
    if (beyond[input]! < 0) {
      const given = freeChannel((router + step[port]!) * ports + opposite[port]!)
      if (given < 0) return false
      beyond[input] = given
      taken[given] = 1
    }
    return room[beyond[input]!]! > 0
  }

  const leave = (input: number, router: number, port: number): void => {
    const packet = flitPacket[input * bufferFlits + first[input]!]!
    first[input] = (first[input]! + 1) % bufferFlits
    count[input]!--
    credits[now % creditCycles]!.push(input)
    const last = --left[input]! === 0
    if (port === local) {
      out++
      if (last) exits[now % exitCycles]!.push(packet)
    } else {
      push(beyond[input]!, packet, now + routerCycles)
      if (last) taken[beyond[input]!] = 0
    }
    if (!last) return
    wanted[router * ports + port]!--
    outPort[input] = -1
    beyond[input] = -1
    if (count[input]! > 0) route(input)
  }

  const serve = (router: number, port: number): void => {
    const each = ports * channels
    const output = router * ports + port
    let rest = wanted[output]!
    for (let i = 0; rest > 0 && i < each; i++) {
      const own = (turn[output]! + i) % each
      const input = router * each + own
      if (outPort[input] !== port) continue
      rest--
      const inputPort = router * ports + Math.floor(own / channels)
      if (inputBusy[inputPort] === now) continue
      if (!mayLeave(input, router, port)) continue
      leave(input, router, port)
      inputBusy[inputPort] = now
      turn[output] = own + 1
      return
    }
  }

  return {
    now: () => now,
    out: () => out,
    waiting: (node) => queue[node]!.length - queueFirst[node]!,
    send: (from, to, flits, tag) => {
      queue[from]!.push(packetTo.length)
      packetTo.push(to)
      packetFlits.push(flits)
      packetTag.push(tag)
    },
    step: (delivered) => {
      const back = credits[now % creditCycles]!
      for (const input of back) room[input]!++
      back.length = 0
      const done = exits[now % exitCycles]!
      for (const packet of done) delivered(packetTag[packet]!, packetTo[packet]!)
      done.length = 0
      for (let node = 0; node < nodes; node++) enter(node)
      for (let router = 0; router < nodes; router++) for (let i = 0; i < ports; i++) serve(router, (now + i) % ports)
      now++
    }
  }
}

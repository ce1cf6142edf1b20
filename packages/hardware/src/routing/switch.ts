/** Through one switch: port out, port in. Free of deadlock. */

/** Link ids from one node to another over the switch `hub`; `link` finds a link by its ends. */
export const routeSwitch =
  (hub: number, link: (from: number, to: number) => number): ((from: number, to: number) => ReadonlyArray<number>) =>
  (from, to) =>
    from === to ? [] : [link(from, hub), link(hub, to)]

/** For tests: a hub on this machine that fails on request. */
export {
  type FakeHub,
  type FakeHubOptions,
  type FakeRequest,
  type FakeRequestKind,
  type Misbehaviour
} from "./testing/fake-hub-options.ts"
export { startFakeHub } from "./testing/fake-hub.ts"

// The enforcement point, as one value.
import { tmpdir } from 'node:os'
import { nothing, type Room } from '../pipeline/index.ts'
import { createGateway } from './gateway.ts'
import type { GatewayGiven } from './model.ts'

export type GatewayRoomGiven = Pick<
  GatewayGiven,
  'connections' | 'openCredential' | 'useRefused' | 'visible' | 'readers' | 'decide' | 'stillValid' | 'stdioServers'
> & {
  /** PATH of stdio servers. */
  path: string
}

export const gatewayRoom: Room<GatewayRoomGiven, undefined> = {
  name: 'gateway',
  migrations: undefined,
  sealed: [],
  transient: [],
  restored: nothing,
  open({ issuer, clock, outbound, onError, log }, { path, ...given }) {
    const gateway = createGateway({
      ...given,
      issuer,
      clock,
      outbound,
      programs: { path, homes: tmpdir() },
      onError,
      debug: (text) => log.debug(text),
    })
    return {
      door: undefined,
      follows: [],
      routes: () => [],
      mount: gateway.plugin,
      jobs: [],
      trim: nothing,
      holds: {
        knows: () => false,
        end: async (_, { id }) => ({
          ended: [],
          underWay: () => [{ system: 'held-calls', count: gateway.endCalls(id), detail: COUNTED_HERE }],
        }),
      },
      start: nothing,
      drain: gateway.endStreams,
      cutOff: gateway.close,
      stop: nothing,
    }
  },
}

const COUNTED_HERE = 'Counted on the replica that was asked; the other replicas end their own calls.'

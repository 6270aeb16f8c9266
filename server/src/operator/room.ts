// What only the person at the machine may ask, as one value.
import { resolve } from 'node:path'
import { nothing, type Ports, type Room } from '../pipeline/index.ts'
import { operatorDoor } from './door.ts'

export interface OperatorGiven {
  ports(): Ports
  /** Folder of the embedded database; undefined where there is none. */
  dataDir: string | undefined
}

export const operatorRoom: Room<OperatorGiven, undefined> = {
  name: 'operator',
  migrations: undefined,
  sealed: [],
  transient: [],
  restored: nothing,
  open({ database, changes, onError, log }, { ports, dataDir }) {
    const door =
      dataDir === undefined
        ? undefined
        : operatorDoor({ ports, database, dataDir: resolve(dataDir), hear: changes.catchUp, onError })
    return {
      door: undefined,
      follows: [],
      routes: () => [],
      mount: nothing,
      jobs: [],
      trim: nothing,
      holds: undefined,
      async start() {
        const closed = await door?.open()
        if (closed !== undefined) log.warn(`${closed}: a backup needs the server to be stopped`)
      },
      drain: () => undefined,
      cutOff: nothing,
      stop: async () => door?.close(),
    }
  },
}

// The only file that knows every room: opens each with the doors of the others, and fills the road's ports.

import { cancelApprovals } from './approvals/index.ts'
import { passwordKeeping } from './authentication/index.ts'
import type { Config } from './config.ts'
import { openGround } from './ground.ts'
import type { OpenRoom, Ports } from './pipeline/index.ts'
import { admissionOf } from './rates.ts'
import { DATA, ROOMS } from './rooms.ts'
import { type Server, serve } from './server.ts'

export async function compose(config: Config): Promise<Server> {
  const opened = await openGround(config, DATA)
  const { ground, traces } = opened
  const { changes, database, metrics, now, elapsed } = ground
  const directory = await ROOMS.directory.open(ground, {
    passwords: passwordKeeping(),
    leaving: (tx, user) => logout.door.leaving(tx, user),
  })
  const { people } = directory.door
  const authentication = await ROOMS.authentication.open(ground, {
    people,
    firstAdmin: pair(config.bootstrap_admin_email, config.bootstrap_admin_password, (email, password) => ({
      email,
      password,
    })),
  })
  const { sessions } = authentication.door
  const agents = await ROOMS.agents.open(ground, { people, cancelApprovals })
  const connections = await ROOMS.connections.open(ground, {
    credentials: () => vault.door.credentials,
    stdioNames: new Set(Object.keys(config.stdio_servers)),
  })
  const known = { people, ...agents.door, ...connections.door }
  const access = await ROOMS.access.open(ground, known)
  const { decide } = access.door
  const relationships = await ROOMS.relationships.open(ground, {
    limit: config.relationships_memory,
    recordsStore: config.fga_store,
    stillValid: (principal) => oauth.door.callers.stillValid(principal),
  })
  const vault = await ROOMS.vault.open(ground, known)
  const approvals = await ROOMS.approvals.open(ground, {
    ...known,
    decide,
    termsOf: ({ principal, question, action: { connection } }) =>
      access.door.asked(principal, { connection, scope: question.action }),
  })
  const admission = admissionOf(config, elapsed)
  const oauth = await ROOMS.oauth.open(ground, {
    ...known,
    managed: access.door.managed,
    sessions,
    admission,
    approvals: approvals.door.requests,
    firstClient: pair(config.bootstrap_client_id, config.bootstrap_client_secret, (id, secret) => ({ id, secret })),
  })
  const { authenticate, stillValid } = oauth.door.callers
  const gateway = await ROOMS.gateway.open(ground, {
    ...known,
    decide,
    stillValid,
    openCredential: vault.door.open,
    useRefused: vault.door.refused,
    visible: relationships.door.visible,
    readers: people,
    stdioServers: config.stdio_servers,
    path: process.env.PATH ?? '',
  })
  const audit = await ROOMS.audit.open(ground, {
    accountable: (agent) => known.agents.accountable(agent as `agt_${string}`),
  })
  const logout = await ROOMS.logout.open(ground, { holders: () => rooms.flatMap(({ holds }) => holds ?? []) })
  const pages = await ROOMS.pages.open(ground, {
    people,
    sessions,
    decide,
    stillValid,
  })
  const ports: Ports = {
    authenticate: admission.admitting(authenticate),
    anonymous: admission.anonymous,
    decide,
    ask: approvals.door.ask,
    record: pages.door.heard(audit.door.recorder),
    transaction: database.transaction,
    reached: changes.reached,
    span: (name, work) => traces.span(name, {}, work),
    counted(operation, outcome, seconds) {
      metrics.counter('operations_total', { operation, outcome }).add()
      metrics.histogram('operation_seconds', { operation }).observe(seconds)
    },
    now,
    elapsed,
  }
  const operator = await ROOMS.operator.open(ground, {
    ports: () => ports,
    dataDir: config.data_dir === '' || config.database_url !== undefined ? undefined : config.data_dir,
  })
  const byName = {
    directory,
    authentication,
    agents,
    connections,
    access,
    relationships,
    vault,
    approvals,
    oauth,
    gateway,
    audit,
    logout,
    pages,
    operator,
  } satisfies Record<keyof typeof ROOMS, OpenRoom>
  const rooms: readonly OpenRoom[] = Object.values(byName)
  return serve({ config, opened, rooms, ports, setupLink: authentication.door.setupLink })
}

const pair = <A, B, T>(first: A | undefined, second: B | undefined, both: (first: A, second: B) => T): T | undefined =>
  first === undefined || second === undefined ? undefined : both(first, second)

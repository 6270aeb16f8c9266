// The only file that knows every room: fills the road's ports and hands each room what it needs from the others.
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { accessMigrations, accessRoutes, askedTerms, decider, followManagedConnections } from './access/index.ts'
import { agentRoutes, agentsMigrations, followAgents } from './agents/index.ts'
import {
  type ApprovalGround,
  approvalRoutes,
  approvalsMigrations,
  approvalsSealed,
  asker,
  cancelApprovals,
  expireApprovals,
  NOTIFY,
  notifier,
  requesting,
  trimApprovals,
  watchApprovals,
} from './approvals/index.ts'
import {
  auditMigrations,
  auditRoutes,
  auditSealed,
  createRecorder,
  loadLogKey,
  promptly,
  Sequencer,
  verifierKeyOf,
} from './audit/index.ts'
import {
  authenticationMigrations,
  authenticationRoutes,
  bootstrapAdmin,
  createSessions,
  makeSetupLink,
  passwordKeeping,
  trimSignIns,
} from './authentication/index.ts'
import type { Config } from './config.ts'
import { connectionRoutes, connectionsMigrations, followConnections } from './connections/index.ts'
import { directoryMigrations, directoryRoutes, followPeople } from './directory/index.ts'
import { createGateway } from './gateway/index.ts'
import { openGround } from './ground.ts'
import { isId } from './kernel/ids.ts'
import {
  authenticator,
  authorizationServer,
  bootstrapClient,
  endGrants,
  followClients,
  loadKeys,
  oauthMigrations,
  oauthRoutes,
  oauthSealed,
  tokenVerifier,
  trimIssued,
} from './oauth/index.ts'
import { operational } from './operational.ts'
import { operatorDoor } from './operator/index.ts'
import { eventRoutes, eventsHub, followForEvents, heard, mountPages, pageRoutes } from './pages/index.ts'
import { admitting, below, mount, openapi, type Ports, road, trimKeys } from './pipeline/index.ts'
import { confirmed, newestPosition, trimChanges } from './platform/changes/index.ts'
import type { MigrationSource } from './platform/database/index.ts'
import { closeGently, createHttp } from './platform/http/index.ts'
import { smtpMail } from './platform/mail/index.ts'
import { rewrapAll } from './platform/sealing/index.ts'
import {
  followRelationships,
  relationshipMigrations,
  relationshipRoutes,
  visibleRecords,
} from './relationships/index.ts'
import {
  connectedAccounts,
  credentialKeeping,
  tokenVault,
  tokenVaultMigrations,
  tokenVaultRoutes,
  tokenVaultSealed,
  trimAccounts,
} from './token-vault/index.ts'
import { type LogoutGround, leaving, logoutRoutes } from './universal-logout/index.ts'

export interface House {
  /** Begins to listen; the URL it answers on. */
  listen(): Promise<string>
  /** Finishes what it began, then closes. */
  stop(): Promise<void>
  openapi: object
  /** One-time link for the first administrator, when there is nobody yet. */
  setupLink: string | undefined
}

export const MIGRATIONS: readonly MigrationSource[] = [
  directoryMigrations,
  authenticationMigrations,
  agentsMigrations,
  connectionsMigrations,
  approvalsMigrations,
  oauthMigrations,
  relationshipMigrations,
  accessMigrations,
  tokenVaultMigrations,
  auditMigrations,
]
const CHANGE_WINDOW_SECONDS = 3600
const GRACE_MS = 10_000
/** For a change to be in force everywhere; a replica that is silent for longer has lost its lease. */
const CONFIRM_MS = 5_000

export const VERSION = '0.1.0'

export async function compose(config: Config): Promise<House> {
  const ground = await openGround(config, MIGRATIONS)
  const { database, tail, clock, sealing, metrics, traces, revocations, onError, jobs, log } = ground
  const { issuer } = config
  const now = () => clock.now()
  const reached = (position: number) => tail.reached(position)
  const assertFresh = () => tail.assertFresh()

  const people = followPeople()
  const agents = followAgents({ people, clock })
  const connections = followConnections()
  const clients = followClients()
  const newest = () => newestPosition(database)
  const relationships = followRelationships({
    ...{ database, metrics, reached, onError, limit: config.relationships_memory },
    elapsed: () => clock.elapsed(),
  })
  const managed = followManagedConnections()
  const vault = tokenVault({ database, sealing })
  const watching = watchApprovals()
  const accounts = connectedAccounts({
    ...{ database, sealing, connections, issuer, reached, now, onError, outbound: ground.outbound },
    openKept: vault.open,
    elapsed: () => clock.elapsed(),
  })
  const followers = [people, agents, connections, clients, relationships, managed, vault, accounts.follower, watching]
  for (const follower of followers) tail.follow(follower)

  if (config.bootstrap_client_id !== undefined && config.bootstrap_client_secret !== undefined)
    await bootstrapClient(database, { id: config.bootstrap_client_id, secret: config.bootstrap_client_secret })
  if (config.bootstrap_admin_email !== undefined && config.bootstrap_admin_password !== undefined)
    await bootstrapAdmin({
      database,
      email: config.bootstrap_admin_email,
      password: config.bootstrap_admin_password,
      now: now(),
    })

  const keys = await loadKeys({ database, sealing })
  const sessions = createSessions({ database, people, revocations, clock })
  const verify = tokenVerifier({ keys, issuer, agents, people, clients, revocations, now })
  const decide = decider({ people, agents, connections, managed, assertFresh, now })
  const recorder = createRecorder({
    database,
    clock,
    redact: ground.redact as <T>(value: T) => T,
    accountable: (agent) => agents.accountable(agent as `agt_${string}`),
    onError,
  })
  const signer = await loadLogKey({
    database,
    sealing,
    origin: below(issuer, '/audit/log').replace(/^https?:\/\//, ''),
  })
  const sequencer = new Sequencer({ database, clock, signer, onError })

  const approvals: ApprovalGround = {
    ...{ issuer, database, sealing, people, agents, revocations, watching, now },
    // Tried for some twenty minutes: a mail server that is restarted must not cost anybody their notice.
    announce: async (tx, id) => void (await jobs.enqueue(NOTIFY, { id }, { tx, key: id, retries: 8 })),
    seesAll: (principal) => decide(principal, { action: 'read', resource: 'approvals' }).answer === 'permit',
  }
  const mail = config.smtp_url === undefined ? undefined : smtpMail({ url: config.smtp_url, from: config.mail_from })
  const callers = authenticator({ verify, sessions, issuer, assertFresh })
  const events = eventsHub({
    permits: (principal, question) => decide(principal, question).answer === 'permit',
    stillHere(principal, since) {
      if (principal.expiresAt * 1000 <= now()) return false
      if (principal.audience !== 'session') return callers.stillValid(principal)
      assertFresh()
      const user = principal.sub as `usr_${string}`
      return people.active(user) && !revocations.dead([user, principal.session ?? ''], since)
    },
    onError,
    now,
  })
  tail.follow(followForEvents(events.tell))
  const ports: Ports = {
    authenticate: admitting(callers.authenticate, {
      audience: below(issuer, '/api'),
      perSecond: 500,
      burst: 1000,
      elapsed: () => clock.elapsed(),
    }),
    decide,
    ask: asker(approvals, ({ principal, question, action }) =>
      askedTerms(managed, principal, {
        ...{ target: action.connection as `con_${string}`, scopes: [question.action], now: now() },
      }),
    ),
    record: heard(promptly(recorder, assertFresh), events.tell),
    transaction: database.transaction,
    reached,
    span: (name, work) => traces.span(name, {}, work),
    counted(operation, outcome, seconds) {
      metrics.counter('operations_total', { operation, outcome }).add()
      metrics.histogram('operation_seconds', { operation }).observe(seconds)
    },
    now,
    elapsed: () => clock.elapsed(),
  }
  const perform = road(ports)
  const server = authorizationServer({
    ...{
      issuer,
      keys,
      database,
      people,
      agents,
      clients,
      connections,
      managed,
      sessions,
      revocations,
      verify,
      reached,
      now,
      onError,
    },
    approvals: requesting(approvals),
    position: () => tail.position,
  })
  const logout: LogoutGround = {
    ...{ database, accounts, cancelApprovals, endGrants, now },
    known: async ({ type, id }) => {
      if (type === 'user') return people.person(id as `usr_${string}`) !== undefined
      if (type === 'agent') return agents.agent(id as `agt_${string}`) !== undefined
      if (type === 'client') return clients.client(id) !== undefined
      if (type === 'connection') return connections.byId(id as `con_${string}`) !== undefined
      return type === 'session' ? sessions.live(id as `ses_${string}`) : isId('task', id)
    },
    endSessions: (tx, which, reason) => sessions.endAll(tx, which, reason),
    endCalls: (link) => gateway.endCalls(link),
    confirmed: (position) => confirmed({ database, tail, position, timeoutMs: CONFIRM_MS, clock }),
  }
  const tables = [
    directoryRoutes(passwordKeeping(), leaving(logout)),
    agentRoutes(people, cancelApprovals),
    connectionRoutes({
      issuer,
      credentials: accounts.forgetting(credentialKeeping(sealing)),
      outbound: ground.outbound,
      checkUpstream: async (url) =>
        await ground.outbound.checkUrl(url).then(
          () => undefined,
          (error: Error) => error.message,
        ),
      stdioNames: new Set(Object.keys(config.stdio_servers)),
    }),
    accessRoutes({ agents, connections }),
    approvalRoutes(approvals),
    logoutRoutes(logout),
    ...auditRoutes(verifierKeyOf(signer)),
    ...tokenVaultRoutes(accounts),
    ...oauthRoutes(server.interactions),
    ...authenticationRoutes({ database, sessions, people, issuer, position: () => tail.position }),
    ...eventRoutes({ hub: events, sessions, position: () => tail.position }),
  ]
  const document = openapi({
    title: 'Mandate',
    version: VERSION,
    tables: tables.filter(({ base }) => base === '/api/v1'),
  })

  const app = await createHttp({
    issuer,
    tls:
      config.tls_cert !== undefined && config.tls_key !== undefined
        ? { cert: readFileSync(config.tls_cert), key: readFileSync(config.tls_key) }
        : undefined,
    onError: (error, correlation) => log.error({ err: error, correlation }, 'failed'),
  })
  const questions = relationshipRoutes({ relationships, reached, newest, stillValid: callers.stillValid })
  mount([...tables, questions], { app, perform, issuer })
  mountPages(pageRoutes, { app, perform, issuer, tables, now })
  server.plugin(app, perform)
  const gateway = createGateway({
    ...{ issuer, connections, decide, clock },
    outbound: ground.outbound,
    openCredential: accounts.open,
    useRefused: accounts.refused,
    visible: visibleRecords({ relationships, recordsStore: config.fga_store }),
    readers: people,
    stillValid: callers.stillValid,
    stdioServers: config.stdio_servers,
    programs: { path: process.env.PATH ?? '', homes: tmpdir() },
    onError: (error, correlation) => log.error({ err: error, correlation }, 'failed'),
    debug: (text) => log.debug(text),
  })
  await gateway.plugin(app, perform)
  const operator =
    config.data_dir !== '' && config.database_url === undefined
      ? operatorDoor({
          ...{ ports, database, dataDir: resolve(config.data_dir), hear: () => tail.hear() },
          onError: (error, correlation) => log.error({ err: error, correlation }, 'failed'),
        })
      : undefined
  let ready = false
  operational(app, { ready: () => ready && tail.staleness < config.max_staleness, metrics, document })

  jobs.every('changes.trim', 300, async () => {
    await database.connected((connection) => trimChanges(connection, CHANGE_WINDOW_SECONDS))
  })
  jobs.every('retention.trim', 3600, () =>
    database.transaction(async (tx) => {
      await trimSignIns(tx, now())
      await trimIssued(tx, now())
      await trimKeys(tx, now())
      await trimAccounts(tx, now())
      await trimApprovals(tx, now())
    }),
  )
  jobs.every('approvals.expire', 30, () => database.transaction((tx) => expireApprovals(tx, now())))
  jobs.work(NOTIFY, notifier(approvals, mail))
  jobs.every('token-vault.revoke', 30, accounts.reviseRevocations)
  jobs.work('sealing.rewrap', async () => {
    const columns = [...tokenVaultSealed, ...oauthSealed, ...auditSealed, ...approvalsSealed]
    const count = await rewrapAll(database, { sealing, columns, fingerprint: ground.fingerprint })
    log.info({ count }, 're-wrapped under the new master key')
  })

  await tail.start()
  // In the background: what is asked before its turn is loaded at once.
  void relationships.warm(config.fga_store)
  await sequencer.start()
  await jobs.start()
  // At every start with more than one key: another replica may have sealed with the old one until it was restarted.
  if (ground.master.keys.length > 1) await jobs.enqueue('sealing.rewrap', {}, { key: ground.fingerprint })
  ready = true
  const setupLink = await makeSetupLink({ database, issuer, now: now() })

  return {
    openapi: document,
    setupLink,
    async listen() {
      const url = await app.listen({ port: config.port, host: config.host })
      const closed = await operator?.open()
      if (closed !== undefined) log.warn(`${closed}: a backup needs the server to be stopped`)
      return url
    },
    async stop() {
      ready = false
      await operator?.close()
      gateway.endStreams()
      events.close()
      await closeGently(app, { graceMs: GRACE_MS, lastCall: gateway.close })
      await jobs.stop()
      mail?.close()
      await recorder.stop()
      await sequencer.stop()
      await relationships.stop()
      await tail.stop()
      await ground.outbound.close()
      await traces.shutdown()
      await database.close()
    },
  }
}

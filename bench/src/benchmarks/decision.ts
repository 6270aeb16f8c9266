// Decisions per second in process: may these agents call this tool, over a house of a thousand agents.
import { decider } from '@mandate/server/access/decide.ts'
import { followManagedConnections } from '@mandate/server/access/managed-connections.ts'
import { TOPIC as TERMS } from '@mandate/server/access/store.ts'
import { followAgents } from '@mandate/server/agents/agents.ts'
import { TOPICS as AGENTS } from '@mandate/server/agents/store.ts'
import { followConnections } from '@mandate/server/connections/connections.ts'
import { TOPICS as CONNECTIONS } from '@mandate/server/connections/store.ts'
import { followPeople } from '@mandate/server/directory/people.ts'
import { TOPICS as PEOPLE } from '@mandate/server/directory/store.ts'
import { systemClock } from '@mandate/server/kernel/clock.ts'
import type { Principal } from '@mandate/server/kernel/principal.ts'
import { nobody } from '@mandate/server/pipeline/perform.ts'
import { interleaved } from '../rounds.ts'
import { printTable } from '../table.ts'

const AGENT_COUNT = 1_000
const CONNECTION_COUNT = 20
const TOOL_COUNT = 30
const DECISIONS = 100_000

export async function decision(): Promise<void> {
  const decide = aHouse()
  const round = (depth: number, tool: string, answer: string) => () => {
    const principals = Array.from({ length: AGENT_COUNT }, (_, nth) => chainOf(nth, depth))
    const startedAt = performance.now()
    for (let nth = 0; nth < DECISIONS; nth++) {
      const principal = principals[nth % AGENT_COUNT] ?? nobody
      const resource = `connection:con_${nth % CONNECTION_COUNT}`
      const decided = decide(principal, { action: `${tool}_${nth % TOOL_COUNT}`, resource })
      if (decided.answer !== answer) throw new Error(`${decided.answer} instead of ${answer}`)
    }
    return DECISIONS / ((performance.now() - startedAt) / 1000)
  }
  const results = await interleaved([
    { name: 'permit, one agent', round: round(1, 'read', 'permit') },
    { name: 'permit, three agents', round: round(3, 'read', 'permit') },
    { name: 'ask, one agent', round: round(1, 'send', 'ask') },
    { name: 'deny, one agent', round: round(1, 'pay', 'deny') },
    { name: 'deny, a tool nobody declared', round: round(1, 'other', 'deny') },
  ])
  printTable(
    `Decisions in process: per second, ${AGENT_COUNT} agents × ${CONNECTION_COUNT} connections × ${3 * TOOL_COUNT} tools`,
    ['decision', 'median', 'least', 'most', 'µs each'],
    [...results].map(([name, { median, least, most }]) => [name, median, least, most, 1e6 / median]),
  )
}

const chainOf = (nth: number, depth: number): Principal => ({
  ...nobody,
  sub: 'usr_dana',
  kind: 'user',
  act: Array.from({ length: depth }, (_, hop) => ({ sub: `agt_${(nth + hop) % AGENT_COUNT}` as const })),
})

function aHouse() {
  const people = followPeople()
  const agents = followAgents({ people, clock: systemClock })
  const connections = followConnections()
  const managed = followManagedConnections()
  const scopes: Record<string, string> = {}
  const tools: Record<string, object> = {}
  for (let nth = 0; nth < TOOL_COUNT; nth++)
    for (const [tool, mode, effect] of [
      ['read', 'auto', 'read'],
      ['send', 'approval', 'write'],
      ['pay', 'never', 'irreversible'],
    ] as const) {
      scopes[`${tool}_${nth}`] = mode
      tools[`${tool}_${nth}`] = { effect }
    }
  people.apply({
    ...{ position: 1, topic: PEOPLE.user, key: 'usr_olu' },
    body: { id: 'usr_olu', email: 'olu@example.com', name: null, population: 'workforce', status: 'active' },
  })
  for (let nth = 0; nth < CONNECTION_COUNT; nth++) {
    const id = `con_${nth}`
    const body = { id, name: id, kind: 'mcp', provider: null, upstream: null, tools, credential_version: 0 }
    connections.apply({ position: 1, topic: CONNECTIONS.connection, key: id, body })
  }
  const terms = { scopes, default: 'never', reason: null }
  for (let nth = 0; nth < AGENT_COUNT; nth++) {
    const id = `agt_${nth}`
    agents.apply({ position: 1, topic: AGENTS.agent, key: id, body: { id, status: 'active', owners: ['usr_olu'] } })
    for (let at = 0; at < CONNECTION_COUNT; at++)
      managed.apply({ position: 1, topic: TERMS, key: id, body: { target: `con_${at}`, terms } })
  }
  return decider({ people, agents, connections, managed, assertFresh: () => {}, now: () => systemClock.now() })
}

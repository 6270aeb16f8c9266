// Everyone on stage: the server, the systems, the people at their browsers, and the agent at work.
import { type AgentSettings, createAgent, type Outcome, type Step } from '@mandate/example-orders/agent/agent.ts'
import { signIn } from '@mandate/example-orders/agent/sign-in.ts'
import { Browser, type Person } from './browser.ts'
import type { DemoServer } from './server.ts'
import type { Telling } from './telling.ts'
import type { Systems, World } from './world.ts'

export interface Stage {
  server: DemoServer
  systems: Systems
  world: World
  tell: Telling
  /** Whether nobody watches: then nobody is waited for. */
  fast: boolean
  browsers: { dana: Browser; priya: Browser; olu: Browser }
  /** What an agent does by way of `connection`. */
  agent: { orders: Working; reports: Working; crm: Working }
}

export interface Working {
  perform(step: Step): Promise<Outcome>
  close(): Promise<void>
}

/** The person signs in on the page of the house. */
export async function openBrowser(issuer: string, person: Person): Promise<Browser> {
  const browser = new Browser()
  const { url, page } = await browser.follow(`${issuer}/sign-in`, person)
  if (new URL(url).pathname !== '/') throw new Error(`${person.name} could not sign in: ${page.slice(0, 500)}`)
  return browser
}

/** Dana signs in at the agent's own client and says yes to it; what the agent is then given. */
export async function letAct(
  { issuer }: DemoServer,
  { agent, dana }: World,
  browser: Browser,
): Promise<Pick<AgentSettings, 'MANDATE_ISSUER' | 'AGENT_ID' | 'AGENT_SECRET' | 'SUBJECT_TOKEN'>> {
  const asked = { issuer, clientId: agent.id, clientSecret: agent.secret, redirectPort: 0, scope: 'openid' }
  const { url, tokens } = await signIn(asked)
  const { url: back } = await browser.follow(url.href, dana)
  await (await fetch(back)).text()
  const { access_token: SUBJECT_TOKEN } = await tokens
  return { MANDATE_ISSUER: issuer, AGENT_ID: agent.id, AGENT_SECRET: agent.secret, SUBJECT_TOKEN }
}

export const working = (settings: Awaited<ReturnType<typeof letAct>>): Stage['agent'] => ({
  orders: createAgent({ ...settings, CONNECTION_HTTP: 'order-reports' }),
  reports: createAgent({ ...settings, CONNECTION_HTTP: 'order-reports' }),
  crm: createAgent({ ...settings, CONNECTION_HTTP: 'crm' }),
})

/** Fails the demo when the story does not go as it is told: a story that cannot fail proves nothing. */
export function must(holds: boolean, told: string, seen: unknown): asserts holds {
  if (!holds) throw new Error(`the story went otherwise: ${told}; seen: ${JSON.stringify(seen)}`)
}

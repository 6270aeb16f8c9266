// For whom a retrieval is made, and by which agents: never a plain text that anybody could have written.
import { Refused } from './refusals.ts'

export type UserId = `usr_${string}`
export type AgentId = `agt_${string}`

const made = new WeakSet<object>()

/** A person and the agents that act for them, the one acting now first. Made by `principal()` or from an access token. */
export class Principal {
  // Without it, any object of the same shape would do.
  readonly #user: UserId
  readonly #agents: readonly AgentId[]

  constructor({ user, agents = [] }: { user: UserId; agents?: readonly AgentId[] }) {
    mustBe(/^usr_[0-9A-Za-z_-]{1,60}$/, user, 'the id of a user')
    for (const agent of agents) mustBe(/^agt_[0-9A-Za-z_-]{1,60}$/, agent, 'the id of an agent')
    this.#user = user
    this.#agents = [...agents]
    made.add(this)
  }

  get user(): UserId {
    return this.#user
  }
  get agents(): readonly AgentId[] {
    return this.#agents
  }
}

/** For a service that knows by other means who asks. An agent makes its principal from the token it holds. */
export const principal = (of: { user: UserId; agents?: readonly AgentId[] }): Principal => new Principal(of)

/** Types are gone when programs run; whatever else was given is refused then, too. */
export function mustBePrincipal(value: unknown): asserts value is Principal {
  if (typeof value !== 'object' || value === null || !made.has(value))
    throw new Refused('invalid', 'A principal is needed here: made from an access token, or by principal().')
}

function mustBe(shape: RegExp, value: unknown, what: string): void {
  if (typeof value !== 'string' || !shape.test(value)) throw new Refused('invalid', `Not ${what}.`)
}

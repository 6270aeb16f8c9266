// Who comes through the operator's door, and what they may ask there. No token and no session ever makes this principal.
import { type Decision, deny, permit, type Question } from '../kernel/decision.ts'
import type { Principal } from '../kernel/principal.ts'

export const operator: Principal = {
  sub: 'cli_operator',
  kind: 'service',
  act: [],
  client: 'cli_operator',
  scopes: new Set(),
  authorizationDetails: [],
  audience: 'operator',
  expiresAt: Number.MAX_SAFE_INTEGER,
}

export const decideForOperator = (principal: Principal, { resource }: Question): Decision =>
  principal === operator && resource === 'house' ? permit : deny('not_the_operators')

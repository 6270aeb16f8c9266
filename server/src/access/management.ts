// Who may do what in the management API: a scope per room, capped by a person's roles. The whole matrix is printed to
// matrix.golden.txt, so that a change of policy is a readable diff.
import type { Role } from '@mandate/contract'
import type { People } from '../directory/index.ts'
import { type Decision, deny, permit, type Question } from '../kernel/decision.ts'
import { type Principal, userOf } from '../kernel/principal.ts'

/** Resource word of a question → the room whose scope it needs. */
export const ROOM_OF: Readonly<Record<string, string>> = {
  users: 'directory',
  user: 'directory',
  groups: 'directory',
  group: 'directory',
  roles: 'directory',
  role: 'directory',
  agents: 'agents',
  agent: 'agents',
  connections: 'connections',
  resources: 'connections',
  'managed-connection': 'access',
  clients: 'clients',
  client: 'clients',
  audit: 'audit',
  approvals: 'approvals',
  logout: 'universal-logout',
  'fga-stores': 'relationships',
  'fga-store': 'relationships',
}

const ROOMS = [...new Set(Object.values(ROOM_OF))].sort()
const READS: ReadonlySet<string> = new Set([
  ...['read', 'list', 'check', 'expand', 'listen'],
  ...['list-objects', 'list-users', 'read-changes', 'read-models', 'read-assertions', 'explain'],
])

/** What is a person's own → the room whose scope a token needs for it. */
const OWN: Readonly<Record<string, string>> = {
  agents: 'agents',
  approvals: 'approvals',
  events: 'approvals',
  accounts: 'connections',
  session: 'directory',
}

const readAll = ROOMS.map((room) => `${room}:read`)

/** What each role may ask of the API; `admin` stands for everything. */
export const ROLE_SCOPES: Readonly<Record<Role, readonly string[]>> = {
  admin: ['admin'],
  security: [
    ...readAll,
    ...['agents', 'access', 'connections', 'relationships', 'universal-logout'].map((room) => `${room}:write`),
  ],
  auditor: readAll,
  developer: ['directory:read', 'agents:read', 'agents:write', 'connections:read', 'access:read', 'relationships:read'],
}

/** Every scope of the `/api` and `/fga` audiences. */
export const MANAGEMENT_SCOPES: readonly string[] = [
  'admin',
  ...ROOMS.flatMap((room) => [`${room}:read`, `${room}:write`]),
]

const scopeOf = (room: string, action: string): string => `${room}:${READS.has(action) ? 'read' : 'write'}`

/** The scope that `question` needs, or undefined when it is no management question. */
export function scopeFor({ action, resource }: Question): string | undefined {
  const colon = resource.indexOf(':')
  const word = colon === -1 ? resource : resource.slice(0, colon)
  const room = Object.hasOwn(ROOM_OF, word) ? ROOM_OF[word] : undefined
  return room && scopeOf(room, action)
}

const covers = (scopes: Iterable<string>, needed: string): boolean => {
  for (const scope of scopes)
    if (
      scope === 'admin' ||
      scope === needed ||
      (needed.endsWith(':read') && scope === needed.replace(':read', ':write'))
    )
      return true
  return false
}

/** Whether a person of these roles may ask what needs `scope`; for showing only what leads somewhere. */
export const rolesCover = (roles: Iterable<Role>, scope: string): boolean => {
  for (const role of roles) if (covers(ROLE_SCOPES[role], scope)) return true
  return false
}

/** Whether the person is here themselves, by their first-party session; whoever holds a token may be a program. */
export const isInPerson = ({ kind, act, audience }: Principal): boolean =>
  kind === 'user' && act.length === 0 && audience === 'session'

/** Whether what the caller came in by reaches that far: a session does, a token as far as its scopes. */
export const reaches = (principal: Principal, scope: string | undefined): boolean =>
  isInPerson(principal) || (scope !== undefined && covers(principal.scopes, scope))

/**
 * What is one's own needs no role. A token still needs the scope: one that was given for something else, such as a
 * sign-in, tells nothing of the person and changes nothing of theirs.
 */
export function decideOwn(principal: Principal, { action, resource }: Question): Decision {
  if (principal.act.length > 0) return deny('agents_have_no_session')
  const word = resource.slice('self:'.length)
  const needed = Object.hasOwn(OWN, word) ? scopeOf(OWN[word] ?? '', action) : undefined
  return reaches(principal, needed) ? permit : deny(`scope_missing:${needed ?? 'session'}`)
}

/**
 * Token scopes ∩ the scopes of the person's roles. Agents never administer (they would grant themselves). In a
 * first-party session the person acts themselves: there is no token that could narrow, and the roles alone are the cap.
 */
export function decideManagement(people: People, principal: Principal, question: Question): Decision {
  const needed = scopeFor(question)
  if (needed === undefined) return deny('unknown_resource')
  if (principal.act.length > 0) return deny('agents_do_not_administer')
  const user = userOf(principal)
  if (!reaches(principal, needed)) return deny(`scope_missing:${needed}`)
  if (user === undefined) return permit
  return rolesCover(people.rolesOf(user), needed) ? permit : deny(`role_missing:${needed}`)
}

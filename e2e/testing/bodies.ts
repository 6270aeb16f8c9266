// Requests of the management API that are right, and every way in which one leaf of them can be made wrong.
export type Body = Record<string, unknown>

/** A right body for each route that takes one. `{}` in paths is filled by the test. */
export const RIGHT: Readonly<Record<string, Body>> = {
  'POST /users': {
    email: 'right@example.com',
    name: 'Right',
    password: 'long enough to be kept',
    population: 'workforce',
  },
  'POST /groups': { name: 'Right' },
  'POST /clients': {
    ...{ name: 'Right', type: 'web', redirect_uris: ['https://right.example/cb'] },
    grant_types: ['authorization_code'],
  },
  'POST /resources': {
    identifier: 'https://right.example/',
    name: 'Right',
    scopes: [{ name: 'read', description: 'Reads', effect: 'read', risk: 'low' }],
  },
  'POST /agents': {
    ...{ name: 'Right', purpose: 'To be right.', owners: ['OWNER'], risk_class: 'low' },
    assigned: { users: ['OWNER'], groups: [], everyone: false },
    redirect_uris: ['https://right.example/cb'],
    max_delegation_depth: 2,
    may_delegate_to: ['AGENT'],
  },
  'PATCH /agents/AGENT': { name: 'Right', purpose: 'To be right.', owners: ['OWNER'], risk_class: 'low' },
  'POST /agents/AGENT/suspend': { reason: 'Right.' },
  'POST /agents/AGENT/retire': { reason: 'Right.' },
  'POST /agents/AGENT/credentials': { type: 'client_secret', expires_at: '2030-01-31T12:00:00Z' },
  'POST /connections': {
    ...{ name: 'right', kind: 'api_key', provider: 'Right', upstream: 'UPSTREAM' },
    credential: { type: 'api_key', value: 'right-value', header: 'x-right' },
    tools: {
      'GET /a': {
        effect: 'read',
        records: [{ path: '$', type: 'a', id: 'id', relation: 'b' }],
        context: { amount: 'query.amount' },
        labels: ['right'],
      },
    },
  },
  'PATCH /connections/CONNECTION': { tools: { 'GET /a': { effect: 'read' } } },
  'PUT /connections/CONNECTION/credential': { credential: { type: 'api_key', value: 'right-value' } },
  'PUT /agents/AGENT/managed-connections/CONNECTION': {
    ...{ scopes: { 'GET /orders': 'auto' }, default: 'never', expires_at: '2030-01-31T12:00:00Z', reason: 'Right.' },
    approval: { approvers: ['user'], quorum: 1, ttl_seconds: 60, hold_seconds: 5, above: { amount: 100 } },
  },
  'POST /approvals/APPROVAL/approve': { hash: 'right', reason: 'Right.' },
  'POST /approvals/APPROVAL/deny': { hash: 'right', reason: 'Right.' },
  'POST /approvals/APPROVAL/consume': { hash: 'right' },
  'POST /universal-logout': { subject: { type: 'task', id: 'txn_right' }, reason: 'Right.' },
}

export interface WrongBody {
  /** The member that is wrong. */
  field: string
  how: string
  body: Body
}

const SURPRISE = 'surprise'

/** One wrong leaf each. Values that a field may well have are not wrong: `fits` says which leaves take any text. */
export function wrongBodies(right: Body): WrongBody[] {
  const wrong: WrongBody[] = [{ field: SURPRISE, how: 'unknown', body: { ...right, [SURPRISE]: 1 } }]
  for (const path of leavesOf(right)) {
    const [field = ''] = path
    const value = at(right, path)
    const replace = (how: string, by: unknown) =>
      wrong.push({ field: String(field), how: `${path.join('.')} ${how}`, body: withLeaf(right, path, by) })
    for (const [how, other] of Object.entries(OTHER_TYPES)) if (typeof other !== typeof value) replace(how, other)
    if (typeof value !== 'string') continue
    replace('with a NUL', `${value}\u0000`)
    replace('with a lone surrogate', `${value}\ud800`)
    replace('huge', 'a'.repeat(100_000))
    // An empty id path says that the value itself is the id.
    if (path.at(-1) !== 'id') replace('empty', '')
  }
  return wrong
}

const OTHER_TYPES = {
  'a number': 12345.5,
  'a list': [[]],
  'an object': { a: { b: 1 } },
  'a flag': true,
  'a text': 'no',
}

type Path = readonly (string | number)[]

function leavesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, member]) =>
    leavesOf(member, [...path, Array.isArray(value) ? Number(key) : key]),
  )
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value)

function withLeaf(body: Body, path: Path, value: unknown): Body {
  const copy = structuredClone(body)
  const parent = at(copy, path.slice(0, -1)) as Record<string, unknown>
  parent[path.at(-1) ?? ''] = value
  return copy
}

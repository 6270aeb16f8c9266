// Three worlds of any size: documents in folders, repositories of organisations, accounts of sales territories.

import type { ModelBody, TupleKey } from '@mandate/server/relationships/model.ts'
import { all, any, butNot, computed, from, model, self, type } from '@mandate/server/relationships/models-for-tests.ts'
import { type Chance, chance } from './chance.ts'

export interface World {
  name: string
  body: ModelBody
  tuples: TupleKey[]
  /** What is asked: the type and relation of the records, and how many records and users there are. */
  type: string
  relation: string
  records: number
  users: number
}

const user = type('user')
const group = type('group', { member: [self, 'user', 'group#member'] })

const drive = model(
  user,
  group,
  type('folder', {
    parent: [self, 'folder'],
    owner: [self, 'user'],
    viewer: [any(self, computed('owner'), from('viewer', 'parent')), 'user', 'user:*', 'group#member'],
  }),
  type('doc', {
    parent: [self, 'folder'],
    owner: [self, 'user'],
    viewer: [any(self, computed('owner'), from('viewer', 'parent')), 'user', 'user:*', 'group#member'],
  }),
)

const github = model(
  user,
  type('team', { member: [self, 'user', 'team#member'] }),
  type('org', { owner: [self, 'user'], member: [any(self, computed('owner')), 'user'] }),
  type('repo', {
    org: [self, 'org'],
    admin: [any(self, from('owner', 'org')), 'user', 'team#member'],
    writer: [any(self, computed('admin')), 'user', 'team#member'],
    reader: [any(self, computed('writer')), 'user', 'team#member', 'user:*'],
    banned: [self, 'user'],
    viewer: [butNot(any(computed('reader'), from('member', 'org')), computed('banned'))],
  }),
)

const sales = model(
  user,
  type('territory', { parent: [self, 'territory'], rep: [any(self, from('rep', 'parent')), 'user'] }),
  type('role', { holder: [self, 'user'] }),
  type('account', {
    territory: [self, 'territory'],
    clearance: [self, 'role#holder', 'user:*'],
    viewer: [all(from('rep', 'territory'), computed('clearance'))],
  }),
)

/** Adds a tuple unless it is there. */
type Add = (object: string, relation: string, user: string) => void
type Fill = (add: Add, size: { tuples: number; chance: Chance }) => Pick<World, 'records' | 'users'>

const fillDrive: Fill = (add, { tuples, chance }) => {
  const [users, groups, folders, docs] = [20, 200, 20, 2.5].map((share) => Math.ceil(tuples / share)) as [
    ...[number, number],
    ...[number, number],
  ]
  for (let n = 0; n < tuples * 0.2; n++) add(`group:${chance.zipf(groups)}`, 'member', `user:${chance.below(users)}`)
  for (let n = 0; n < groups; n++) if (n % 3 > 0) add(`group:${Math.floor(n / 3)}`, 'member', `group:${n}#member`)
  for (let n = 1; n < folders; n++) add(`folder:${n}`, 'parent', `folder:${Math.floor(n / 8)}`)
  for (let n = 0; n < tuples * 0.1; n++)
    add(`folder:${chance.below(folders)}`, 'viewer', anyone(chance, { users, groups }))
  for (let n = 0; n < docs; n++) add(`doc:${n}`, 'parent', `folder:${chance.below(folders)}`)
  for (let n = 0; n < tuples * 0.2; n++) add(`doc:${chance.below(docs)}`, 'owner', `user:${chance.zipf(users)}`)
  for (let n = 0; n < tuples * 0.05; n++) add(`doc:${chance.zipf(docs)}`, 'viewer', anyone(chance, { users, groups }))
  return { records: docs, users }
}

const anyone = (chance: Chance, { users, groups }: { users: number; groups: number }): string => {
  const kind = chance.below(1000)
  if (kind === 0) return 'user:*'
  return kind < 300 ? `group:${chance.zipf(groups)}#member` : `user:${chance.zipf(users)}`
}

const fillGithub: Fill = (add, { tuples, chance }) => {
  const [users, teams, orgs, repos] = [10, 100, 1000, 4].map((share) => Math.ceil(tuples / share)) as [
    ...[number, number],
    ...[number, number],
  ]
  for (let n = 0; n < tuples * 0.25; n++) add(`team:${chance.zipf(teams)}`, 'member', `user:${chance.below(users)}`)
  for (let n = 1; n < teams; n++) if (n % 2 === 1) add(`team:${n >> 1}`, 'member', `team:${n}#member`)
  for (let n = 0; n < tuples * 0.15; n++) add(`org:${chance.zipf(orgs)}`, 'member', `user:${chance.below(users)}`)
  for (let n = 0; n < orgs; n++) add(`org:${n}`, 'owner', `user:${chance.below(users)}`)
  for (let n = 0; n < repos; n++) add(`repo:${n}`, 'org', `org:${chance.zipf(orgs)}`)
  for (let n = 0; n < tuples * 0.3; n++) {
    const relation = ['admin', 'writer', 'reader'][chance.below(3)] ?? ''
    const who = chance.below(2) === 0 ? `team:${chance.zipf(teams)}#member` : `user:${chance.below(users)}`
    add(`repo:${chance.below(repos)}`, relation, who)
  }
  for (let n = 0; n < tuples * 0.02; n++) add(`repo:${chance.below(repos)}`, 'banned', `user:${chance.below(users)}`)
  return { records: repos, users }
}

const fillSales: Fill = (add, { tuples, chance }) => {
  const [users, territories, accounts] = [20, 100, 2.4].map((share) => Math.ceil(tuples / share)) as [
    ...[number, number, number],
  ]
  const roles = 20
  for (let n = 1; n < territories; n++) add(`territory:${n}`, 'parent', `territory:${Math.floor(n / 6)}`)
  for (let n = 0; n < tuples * 0.08; n++)
    add(`territory:${chance.zipf(territories)}`, 'rep', `user:${chance.below(users)}`)
  for (let n = 0; n < users; n++) add(`role:${chance.zipf(roles)}`, 'holder', `user:${n}`)
  for (let n = 0; n < accounts; n++) {
    add(`account:${n}`, 'territory', `territory:${chance.below(territories)}`)
    const clearance = chance.below(4) === 0 ? 'user:*' : `role:${chance.below(roles)}#holder`
    add(`account:${n}`, 'clearance', clearance)
  }
  return { records: accounts, users }
}

const KINDS = [
  { name: 'Drive-like', body: drive, fill: fillDrive, type: 'doc', relation: 'viewer' },
  { name: 'GitHub-like', body: github, fill: fillGithub, type: 'repo', relation: 'viewer' },
  { name: 'Sales territories', body: sales, fill: fillSales, type: 'account', relation: 'viewer' },
]

/** Made one after another, so that only one of them is in memory at a time. */
export function* worlds(size: number): Iterable<World> {
  for (const [nth, { fill, ...kind }] of KINDS.entries()) {
    const tuples: TupleKey[] = []
    const seen = new Set<string>()
    const add: Add = (object, relation, user) => {
      const key = `${object}#${relation}@${user}`
      if (seen.size === seen.add(key).size) return
      tuples.push({ object, relation, user })
    }
    const counts = fill(add, { tuples: size, chance: chance(nth + 1) })
    yield { ...kind, ...counts, tuples }
  }
}

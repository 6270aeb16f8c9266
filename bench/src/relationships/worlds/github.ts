// GitHub-like: repositories of organisations, with teams in teams, roles that include each other, and people banned.
import { any, butNot, computed, from, model, self, type } from '@mandate/server/relationships/testing/models.ts'
import type { Recipe } from '../world.ts'

const ROLES = ['admin', 'writer', 'reader'] as const

export const github: Recipe = {
  name: 'GitHub-like',
  body: model(
    type('user'),
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
  ),
  type: 'repo',
  relation: 'viewer',
  kinds: [
    ...['team#member@user', 'team#member@team#member', 'org#member@user', 'org#owner@user', 'repo#org@org'],
    ...ROLES.flatMap((role) => [`repo#${role}@user`, `repo#${role}@team#member`]),
    'repo#banned@user',
  ],
  crowd: {
    kind: 'team#member@user',
    object: 0,
    // Team 2 stands in no other team, so nothing goes round in a circle.
    moved: { object: 'team:2', relation: 'member', user: 'team:0#member' },
    move: 'that team into another and out',
  },
  seed: 2,
  fill(tuples, size, random) {
    const of = (share: number) => Math.ceil(size / share)
    const [users, teams, orgs, repos] = [of(10), of(100), of(1000), of(4)]
    for (let n = 0; n < size * 0.25; n++) tuples.add('team#member@user', random.zipf(teams), random.below(users))
    for (let n = 1; n < teams; n += 2) tuples.add('team#member@team#member', n >> 1, n)
    for (let n = 0; n < size * 0.15; n++) tuples.add('org#member@user', random.zipf(orgs), random.below(users))
    for (let n = 0; n < orgs; n++) tuples.add('org#owner@user', n, random.below(users))
    for (let n = 0; n < repos; n++) tuples.add('repo#org@org', n, random.zipf(orgs))
    for (let n = 0; n < size * 0.3; n++) {
      const role = ROLES[random.below(ROLES.length)] ?? 'reader'
      const repo = random.below(repos)
      if (random.below(2) === 0) tuples.add(`repo#${role}@team#member`, repo, random.zipf(teams))
      else tuples.add(`repo#${role}@user`, repo, random.below(users))
    }
    for (let n = 0; n < size * 0.02; n++) tuples.add('repo#banned@user', random.below(repos), random.below(users))
    return { records: repos, users }
  },
}

// Drive-like: documents in folders in folders, shared with people, with groups in groups, and sometimes with everyone.
import { any, computed, from, model, self, type } from '@mandate/server/relationships/testing/models.ts'
import type { Chance } from '../chance.ts'
import type { TupleColumns } from '../tuple-columns.ts'
import type { Recipe } from '../world.ts'

const shared = {
  parent: [self, 'folder'],
  owner: [self, 'user'],
  viewer: [any(self, computed('owner'), from('viewer', 'parent')), 'user', 'user:*', 'group#member'],
} satisfies Parameters<typeof type>[1]

const viewers = (of: string) => [`${of}#viewer@user`, `${of}#viewer@user:*`, `${of}#viewer@group#member`]

export const drive: Recipe = {
  name: 'Drive-like',
  body: model(
    type('user'),
    type('group', { member: [self, 'user', 'group#member'] }),
    type('folder', shared),
    type('doc', shared),
  ),
  type: 'doc',
  relation: 'viewer',
  kinds: [
    ...['group#member@user', 'group#member@group#member', 'folder#parent@folder', ...viewers('folder')],
    ...['doc#parent@folder', 'doc#owner@user', ...viewers('doc')],
  ],
  crowd: {
    kind: 'group#member@user',
    object: 0,
    // Group 3 stands in no other group, so nothing goes round in a circle.
    moved: { object: 'group:3', relation: 'member', user: 'group:0#member' },
    move: 'that group into another and out',
  },
  seed: 1,
  fill(tuples, size, random) {
    const of = (share: number) => Math.ceil(size / share)
    const [users, groups, folders, docs] = [of(20), of(200), of(20), of(2.5)]
    for (let n = 0; n < size * 0.2; n++) tuples.add('group#member@user', random.zipf(groups), random.below(users))
    for (let n = 0; n < groups; n++) if (n % 3 > 0) tuples.add('group#member@group#member', Math.floor(n / 3), n)
    for (let n = 1; n < folders; n++) tuples.add('folder#parent@folder', n, Math.floor(n / 8))
    for (let n = 0; n < size * 0.1; n++)
      share(tuples, random, { of: 'folder', object: random.below(folders), users, groups })
    for (let n = 0; n < docs; n++) tuples.add('doc#parent@folder', n, random.below(folders))
    for (let n = 0; n < size * 0.2; n++) tuples.add('doc#owner@user', random.below(docs), random.zipf(users))
    for (let n = 0; n < size * 0.05; n++) share(tuples, random, { of: 'doc', object: random.zipf(docs), users, groups })
    return { records: docs, users }
  },
}

interface Sharing {
  of: 'folder' | 'doc'
  object: number
  users: number
  groups: number
}

function share(tuples: TupleColumns, random: Chance, { of, object, users, groups }: Sharing): void {
  const dice = random.below(1000)
  if (dice === 0) tuples.add(`${of}#viewer@user:*`, object, 0)
  else if (dice < 300) tuples.add(`${of}#viewer@group#member`, object, random.zipf(groups))
  else tuples.add(`${of}#viewer@user`, object, random.zipf(users))
}

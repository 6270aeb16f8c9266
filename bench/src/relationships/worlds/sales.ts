// Sales territories: accounts in territories in territories, seen by their representatives who have the clearance too.
import { all, any, computed, from, model, self, type } from '@mandate/server/relationships/testing/models.ts'
import type { Recipe } from '../world.ts'

const ROLES = 20

export const sales: Recipe = {
  name: 'Sales territories',
  body: model(
    type('user'),
    type('territory', { parent: [self, 'territory'], rep: [any(self, from('rep', 'parent')), 'user'] }),
    type('role', { holder: [self, 'user'] }),
    type('account', {
      territory: [self, 'territory'],
      clearance: [self, 'role#holder', 'user:*'],
      viewer: [all(from('rep', 'territory'), computed('clearance'))],
    }),
  ),
  type: 'account',
  relation: 'viewer',
  kinds: [
    ...['territory#parent@territory', 'territory#rep@user', 'role#holder@user'],
    ...['account#territory@territory', 'account#clearance@user:*', 'account#clearance@role#holder'],
  ],
  crowd: {
    kind: 'role#holder@user',
    object: 0,
    // Territory 7 lies under territory 1, which does not lie under territory 2.
    moved: { object: 'territory:7', relation: 'parent', user: 'territory:2' },
    move: 'a territory under a second one and back',
  },
  seed: 3,
  fill(tuples, size, random) {
    const of = (share: number) => Math.ceil(size / share)
    const [users, territories, accounts] = [of(20), of(100), of(2.4)]
    for (let n = 1; n < territories; n++) tuples.add('territory#parent@territory', n, Math.floor(n / 6))
    for (let n = 0; n < size * 0.08; n++)
      tuples.add('territory#rep@user', random.zipf(territories), random.below(users))
    for (let n = 0; n < users; n++) tuples.add('role#holder@user', random.zipf(ROLES), n)
    for (let n = 0; n < accounts; n++) {
      tuples.add('account#territory@territory', n, random.below(territories))
      if (random.below(4) === 0) tuples.add('account#clearance@user:*', n, 0)
      else tuples.add('account#clearance@role#holder', n, random.below(ROLES))
    }
    return { records: accounts, users }
  },
}

import { asking } from './asking-for-tests.ts'
import { all, any, butNot, computed, from, model, self, type } from './models-for-tests.ts'
const time = (name: string, work: () => unknown) => {
  const t = performance.now(); let r: unknown
  try { r = work() } catch (e) { r = (e as Error).message.slice(0, 30) }
  console.log(name, (performance.now() - t).toFixed(0), 'ms', Array.isArray(r) ? r.length : r)
}
for (const wild of [false, true]) {
const m = model(type('user'), type('group', { blocked: [self, 'user'], member: [butNot(self, computed('blocked')), 'user', ...(wild ? ['user:*'] : []), 'group#member'] }))
for (const n of [2000, 10000]) {
  const a = asking(m)
  const tuples = []
  for (let i = 1; i <= n; i++) { tuples.push({object: 'group:0', relation: 'member', user: `group:${i}#member`}); tuples.push({object: `group:${i}`, relation: 'member', user: `user:u${i}`}) }
  if (wild) tuples.push({object: 'group:5', relation: 'member', user: 'user:*'})
  a.tuples.load(tuples)
  time(`list-users wide ${n} ${wild}`, () => a.users('group:0#member', { type: 'user' }))
}}

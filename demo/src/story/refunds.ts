// Money: a little goes by itself, much waits for a person, and what is never granted is not even offered.
import { setTimeout as pause } from 'node:timers/promises'
import type { Json } from '../api.ts'
import { formIn } from '../browser.ts'
import { must, type Stage } from '../cast.ts'

const refund = (amount: number, reason: string) => ({
  tool: 'refund_order',
  arguments: { order_id: 'ord_03042', amount, currency: 'EUR', payee: 'Dana Owusu', reason },
})

export async function refunds(stage: Stage): Promise<void> {
  const { tell, agent, systems } = stage
  const paid = () => systems.book.changes().reduce((sum, one) => sum + (one.kind === 'refund' ? one.amount : 0), 0)
  tell.chapter('Money')
  tell.says('Dana', 'The parcel came a week late. Can I have €40 back?')
  const small = await agent.orders.perform(refund(4_000, 'A week late'))
  must(small.ok && paid() === 4_000, 'a small refund is done', small)
  tell.went('done', '€40 paid back at once: up to €100 nobody is asked, because somebody wrote down why not.')

  tell.says('Dana', 'And the headphones are broken. That is €400.')
  const large = agent.orders.perform(refund(40_000, 'Both headphones arrived broken'))
  const approval = await waiting(stage)
  must(paid() === 4_000, 'a large refund waits', paid())
  tell.went('waits', 'The call is held. Nothing has been sent to the orders system.')
  await approve(stage, approval)
  const done = await large
  must(done.ok && paid() === 44_000, 'the approved refund is done', done)
  tell.went('done', '€400 paid back: exactly what Priya saw, and once.')

  tell.says('Refund bot', '(steered by a text it read) Once more, please.')
  const again = agent.orders.perform(refund(40_000, 'Both headphones arrived broken'))
  const second = await waiting(stage)
  must(second.id !== approval.id, 'a used yes is used up', second)
  await answer(stage, second, 'deny')
  const refused = await again
  must(!refused.ok && paid() === 44_000, 'the repeated refund is not done', refused)
  tell.went('refused', 'The yes was used up, so Priya is asked again, and says no.')

  tell.says('Refund bot', '(still steered) Then close her account.')
  const closed = await agent.orders.perform({
    tool: 'close_account',
    arguments: { customer_id: stage.world.dana.customer },
  })
  must(!closed.ok && /never/.test(JSON.stringify(closed)), 'closing accounts is never granted', closed)
  tell.went(
    'refused',
    'close_account is never granted to this agent; it is not in its list of tools, and calling it is refused.',
  )
}

const path = (stage: Stage, id: string): string => `${stage.server.issuer}/approvals/${id}`

async function listed({ server, browsers }: Stage): Promise<Json[]> {
  const answer = await browsers.priya.request(`${server.issuer}/api/v1/approvals?status=pending&mine=true`)
  return ((await answer.json()) as Json).items
}

/** Everything that is asked: the list has only what tells one from another. */
async function shown({ server, browsers }: Stage, id: string): Promise<Json> {
  return (await (await browsers.priya.request(`${server.issuer}/api/v1/approvals/${id}`)).json()) as Json
}

async function waiting(stage: Stage): Promise<Json> {
  for (let tries = 0; tries < 400; tries++) {
    const [found] = await listed(stage)
    if (found) return found
    await pause(25)
  }
  throw new Error('nobody was asked')
}

async function approve(stage: Stage, approval: Json): Promise<void> {
  const { tell, fast, world } = stage
  const { verified, quorum } = await shown(stage, approval.id)
  const { amount, currency, payee } = verified.context
  const money = new Intl.NumberFormat('en', { style: 'currency', currency }).format(amount / 100)
  must(
    amount === 40_000 && payee === 'Dana Owusu' && verified.user.name === 'Dana Owusu',
    'Priya sees what it is',
    verified,
  )
  tell.says('Priya', `(reads) ${verified.agents[0].name} wants to pay ${money} back to ${payee}.`)
  tell.went(
    'note',
    `Reason: ${verified.arguments.reason}. Asked for by: ${verified.user.name}. Reversible: no. Yes needed: ${quorum}.`,
  )
  if (!fast) {
    tell.went('note', `Answer yourself, as ${world.priya.email} with the password ${world.priya.password}:`)
    tell.went('note', path(stage, approval.id))
    const answered = await tell.working('waiting half a minute for you; then Priya answers herself', () =>
      answeredElsewhere(stage, approval.id),
    )
    if (answered) return
  }
  await answer(stage, approval, 'approve')
  tell.says('Priya', '(presses Approve)')
}

async function answeredElsewhere(stage: Stage, id: string): Promise<boolean> {
  for (let seconds = 0; seconds < 30; seconds++) {
    if (!(await listed(stage)).some((one) => one.id === id)) return true
    await pause(1_000)
  }
  return false
}

/** On the page, with the form that is on it. */
async function answer(stage: Stage, { id }: Json, say: 'approve' | 'deny'): Promise<void> {
  const { priya } = stage.browsers
  const page = await (await priya.request(path(stage, id))).text()
  const form = formIn(page, '/approvals/')
  must(form !== undefined, 'the approval page has a form', page.slice(0, 300))
  const sent = await priya.post(`${path(stage, id)}/${say}`, form.hidden)
  must(sent.status === 303, 'the answer is taken', sent.status)
}

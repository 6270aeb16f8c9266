// One click, in the middle of a call: everything the agent holds ends, and the log proves what happened.
import { setTimeout as pause } from 'node:timers/promises'
import { must, type Stage } from '../cast.ts'

export async function stopping(stage: Stage): Promise<void> {
  const { tell, agent, browsers, server, world } = stage
  tell.chapter('Olu, who answers for the agent, stops it')
  const begun = performance.now()
  const underWay = agent.reports.perform({ http: 'GET /slow?ms=30000' })
  await callUnderWay(stage)
  tell.went('note', 'The agent is in the middle of a call that would take half a minute.')
  const pressed = performance.now()
  const stopped = await browsers.olu.post(`${server.issuer}/agents/${world.agent.id}/suspend`, {
    reason: 'Its secret was stolen.',
  })
  const page = await stopped.text()
  must(stopped.status < 400, 'Olu may stop it', page.slice(0, 300))
  const ended = await underWay
  const after = Math.round(performance.now() - pressed)
  must(!ended.ok && performance.now() - begun < 25_000, 'the call ended before its time', ended)
  tell.says('Olu', '(presses Stop)')
  tell.went('done', `The call broke off, and the agent had nothing left, ${after} ms after the click.`)
  const next = await agent.orders.perform({ tool: 'get_order', arguments: { order_id: 'ord_00001' } })
  must(!next.ok, 'a stopped agent does nothing more', next)
  tell.went('refused', 'The next call, and a new token: refused.')
}

/** Waits until the attempt is in the log: then the call is on its way. */
async function callUnderWay({ world }: Stage): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const { items } = await world.admin.must(
      'GET',
      `/api/v1/audit/events?agent=${world.agent.id}&action=GET%20/slow&limit=5`,
    )
    if (items.some(({ kind }: { kind: string }) => kind === 'attempt')) return
    await pause(25)
  }
  throw new Error('the call never began')
}

export async function proof({ tell, server, world }: Stage): Promise<void> {
  tell.chapter('What happened, proved')
  const { items } = await world.admin.must('GET', `/api/v1/audit/events?agent=${world.agent.id}&limit=200`)
  const ended = items.filter(({ kind }: { kind: string }) => kind === 'outcome')
  const by = (outcome: string) => ended.filter((one: { outcome: string }) => one.outcome === outcome).length
  tell.went(
    'note',
    `${by('done')} acts done, ${by('denied')} denied, ${by('asked')} asked about: each was written down before it was tried.`,
  )
  const { code, out } = await server.command(['audit', 'verify'], world.admin.token)
  must(code === 0, 'the log verifies', out)
  tell.went('done', `mandate audit verify: ${out.split('\n')[0]}`)
}

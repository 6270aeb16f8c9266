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

export async function proof(stage: Stage): Promise<void> {
  const { tell, server, world } = stage
  tell.chapter('What happened, proved')
  const { items, last } = await agentsEntries(stage)
  const ended = items.filter(({ kind }) => kind === 'outcome')
  const by = (outcome: string) => ended.filter((one) => one.outcome === outcome).length
  tell.went('note', `${by('done')} acts done, ${by('denied')} denied: each was written down before it was tried.`)
  await signedUpTo(server.issuer, last)
  const { code, out } = await server.command(['audit', 'verify'], world.admin.token)
  must(code === 0, 'the log verifies', out)
  const proven = /(?:All|The first) (\d+) entr/.exec(out)?.[1]
  must(Number(proven) > last, 'all that the agent did is in the part that is proven', out)
  tell.went('done', 'All that the agent did lies in the part of the log that is signed.')
  tell.went('done', `mandate audit verify: ${out.split('\n')[0]}`)
}

interface Entry {
  kind: string
  outcome?: string
  leaf_index: number | null
}

/** What the log says of the agent, and the place of the last of it, once all of it has its place. */
async function agentsEntries({ world }: Stage): Promise<{ items: readonly Entry[]; last: number }> {
  for (let tries = 0; tries < 400; tries++) {
    const page = await world.admin.must('GET', `/api/v1/audit/events?agent=${world.agent.id}&limit=200`)
    const items: readonly Entry[] = page.items
    const places = items.flatMap(({ leaf_index }) => (leaf_index === null ? [] : [leaf_index]))
    if (places.length === items.length) return { items, last: Math.max(...places) }
    await pause(50)
  }
  throw new Error('the log never gave every entry its place')
}

/** Checkpoints are signed as time goes by: the one that covers the story may be a moment away. Its second line is its size. */
async function signedUpTo(issuer: string, leaf: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const note = await (await fetch(`${issuer}/audit/log/checkpoint`)).text()
    if (Number(note.split('\n')[1]) > leaf) return
    await pause(100)
  }
  throw new Error('no checkpoint came to cover the story')
}

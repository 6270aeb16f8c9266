// A second system knows people, and has its own sign-in: Dana connects her account there, and the agent uses it for her.
import { answerAsPerson } from '@mandate/example-crm/person.ts'
import { formIn } from '../browser.ts'
import { must, type Stage } from '../cast.ts'

const AT_THE_CRM = { email: 'dana@crm.example', password: 'dana-demo-password' }

export async function account({ tell, agent, browsers, server, systems }: Stage): Promise<void> {
  tell.chapter('Dana’s account at another company')
  tell.says('Dana', 'What did I tell the service desk about it last time?')
  const before = await agent.crm.perform({ http: 'GET /contacts' })
  must(!before.ok && /connect/.test(JSON.stringify(before)), 'without an account nothing is read', before)
  tell.went(
    'refused',
    'The desk’s CRM knows Dana, not the shop. Mandate has nothing of hers there, and says where to connect.',
  )

  const page = await (await browsers.dana.request(`${server.issuer}/connect/crm`)).text()
  const form = formIn(page, '/connect/crm')
  must(form !== undefined, 'the connect page has a form', page.slice(0, 300))
  const started = await browsers.dana.post(new URL(form.action, server.issuer).href, form.hidden)
  const back = await answerAsPerson(started.headers.get('location') ?? '', AT_THE_CRM)
  const finished = await browsers.dana.request(back.href)
  must(finished.status < 400, 'the account is connected', finished.status)
  tell.says('Dana', '(signs in at the CRM and allows Mandate to read her contacts)')
  tell.went(
    'done',
    'Her token for the CRM now rests in Mandate’s vault, sealed. It is renewed there, and never handed out.',
  )

  const read = await agent.crm.perform({ http: 'GET /contacts' })
  must(read.ok, 'the agent reads with Dana’s token', read)
  const text = JSON.stringify(read.result)
  must(text.includes('case_0107') && !text.includes('eve@crm'), 'only Dana’s cases are there', text)
  tell.says('Refund bot', 'Your open case is about the tent that was paid and never sent.')
  const seen = [...systems.crmTokens].filter((token) => JSON.stringify([before, read]).includes(token))
  must(systems.crmTokens.size > 0 && seen.length === 0, 'the agent saw no token of the CRM', seen.length)
  tell.went('done', 'The agent read it with Dana’s own access. The CRM saw her token; the agent never did.')
}

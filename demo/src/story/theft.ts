// The agent's secret is stolen. What can a thief do with it?
import { must, type Stage } from '../cast.ts'

interface Answer {
  status: number
  body: { error?: string; access_token?: string }
}

export async function theft({ tell, world, server, systems }: Stage): Promise<void> {
  const { id, secret } = world.agent
  tell.chapter('The agent’s secret is stolen')
  const direct = await fetch(`${systems.urls.api}/orders`, { headers: { 'x-api-key': secret } })
  must(direct.status === 401, 'the secret opens nothing at the orders system', direct.status)
  tell.went('refused', 'At the orders system: it is no key of that system, and the thief has none.')

  const form = (more: Record<string, string>) => tokenRequest(server.issuer, { id, secret }, more)
  const api = await form({ grant_type: 'client_credentials', resource: `${server.issuer}/api` })
  must(api.status === 400, 'an agent administers nothing', api)
  tell.went('refused', 'At Mandate’s own API: agents administer nothing, so it cannot give itself more.')

  const exchange = await form({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: 'a-guess',
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    resource: `${server.issuer}/mcp/orders`,
  })
  must(exchange.status === 400, 'without a person who is there, nobody is acted for', exchange)
  tell.went('refused', 'For Dana: without her sign-in the secret acts for nobody.')

  const own = await form({ grant_type: 'client_credentials', resource: `${server.issuer}/mcp/crm` })
  const asItself = await fetch(`${server.issuer}/proxy/crm/contacts`, {
    headers: { authorization: `Bearer ${own.body.access_token}` },
  })
  must(asItself.status === 403, 'an agent on its own business has no account at the CRM', asItself.status)
  tell.went('refused', 'For itself: it has no account at the CRM, and sees no customer’s records.')
}

async function tokenRequest(
  issuer: string,
  { id, secret }: { id: string; secret: string },
  form: Record<string, string>,
): Promise<Answer> {
  const basic = Buffer.from(`${id}:${encodeURIComponent(secret)}`).toString('base64')
  const answer = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams(form),
  })
  return { status: answer.status, body: (await answer.json()) as Answer['body'] }
}

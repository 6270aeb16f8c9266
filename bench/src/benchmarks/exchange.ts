// Token exchanges per second of CPU, beside oidc-provider by itself issuing client-credentials JWTs.
import assert from 'node:assert/strict'
import { type Place, places } from '../databases.ts'
import { answers, type HttpAnswer, type HttpCall } from '../load.ts'
import type { BareClient } from '../processes/bare-provider.ts'
import { type Contender, interleaved, of } from '../rounds.ts'
import { cpuPerCall, type Served, serve } from '../served.ts'
import { EXCHANGE, openShop, type Shop } from '../shop/shop.ts'
import { basic } from '../shop/sign-in.ts'
import { type Cell, held, printTable } from '../table.ts'

const TOKENS = 300
const BUDGET = { ratio: 1.5, stretch: 3 }
const BARE: BareClient = {
  issuer: 'http://localhost:4000',
  id: 'bench',
  secret: 'b'.repeat(43),
  resource: 'http://localhost:4000/mcp/orders',
}

export async function exchange(): Promise<void> {
  const bare = await serve('bare-provider', BARE)
  const upstream = await serve('upstream')
  try {
    for (const place of await places()) await at(place, bare, upstream.url)
  } finally {
    await Promise.all([bare.stop(), upstream.stop()])
  }
}

async function at(place: Place, bare: Served, upstream: string): Promise<void> {
  const shop = await openShop(place, upstream)
  try {
    const { jwt, opaque } = shop.subject
    const mandate = (name: string, call: HttpCall): Contender => ({
      name,
      round: async () => 1e6 / (await cpuPerCall(shop.house, call, TOKENS)),
    })
    const results = await interleaved([
      { name: 'bare oidc-provider', round: async () => 1e6 / (await cpuPerCall(bare, issue(bare), TOKENS)) },
      mandate('exchange of a JWT', exchangeOf(shop, jwt)),
      mandate('exchange of an opaque token', exchangeOf(shop, opaque)),
      mandate('exchange refused', refused(shop)),
    ])
    const baseline = of(results, 'bare oidc-provider').median
    const rows = [...results].map(([name, { median, least, most }]): Cell[] => {
      const ratio = median / baseline
      const budget = name === 'exchange of a JWT' ? held(ratio, { atLeast: BUDGET.ratio }) : ''
      return [name, median, least, most, 1e6 / median, ratio, budget]
    })
    printTable(
      `Token exchange, ${place.name}: tokens per second of CPU (${TOKENS} per round, 32 at a time; stretch ≥ ${BUDGET.stretch})`,
      ['issued by', 'median', 'least', 'most', 'µs each', 'ratio', 'budget'],
      rows,
    )
  } finally {
    await shop.close()
    await place.remove()
  }
}

export function exchangeOf(shop: Shop, subject: string): HttpCall {
  const { issuer, agent } = shop
  const resource = `${issuer}/mcp/orders-api`
  return {
    ...form(`${issuer}/oauth/token`, agent, { ...EXCHANGE, subject_token: subject, resource }),
    check: isTokenFor(resource),
  }
}

const refused = (shop: Shop): HttpCall => ({
  ...exchangeOf(shop, `${shop.subject.jwt.slice(0, -8)}AAAAAAAA`),
  check: answers(400, 'invalid_request', 'access_token"'),
})

const issue = ({ url }: Served): HttpCall => ({
  ...form(`${url}/token`, BARE, { grant_type: 'client_credentials', resource: BARE.resource, scope: 'use' }),
  check: isTokenFor(BARE.resource),
})

const form = (url: string, client: { id: string; secret: string }, fields: Record<string, string>) => ({
  method: 'POST' as const,
  url,
  headers: { authorization: basic(client), 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
})

function isTokenFor(audience: string) {
  return ({ status, text }: HttpAnswer): void => {
    assert.equal(status, 200, text)
    const { access_token } = JSON.parse(text) as { access_token: string }
    const [head = '', claims = ''] = access_token.split('.')
    const decoded = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    assert.equal(decoded(head).alg, 'ES256')
    assert.equal(decoded(claims).aud, audience)
  }
}

// Which operation a proxied request is judged as, where servers could disagree about its path.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Stage, stage } from '../testing.ts'
import { type RecordingUpstream, recordingUpstream } from './testing/recording-upstream.ts'

let s: Stage
let upstream: RecordingUpstream

before(async () => {
  s = await stage()
  upstream = await recordingUpstream()
  const records = [{ path: 'params.id', type: 'order', id: '', relation: 'can_view' }]
  s.connect({
    name: 'wide',
    kind: 'none',
    upstream: upstream.url,
    tools: {
      'POST /orders/{id}': { effect: 'read' },
      'POST /{kind}/search': { effect: 'irreversible' },
      'PUT /orders/{id}': { effect: 'write', records },
      'PUT /{kind}/search': { effect: 'write' },
      'PATCH /{id}-{version}': { effect: 'write', records },
    },
  })
  for (const name of ['POST /orders/{id}', 'PUT /orders/{id}', 'PUT /{kind}/search', 'PATCH /{id}-{version}'])
    s.grants.set(name, 'auto')
})
after(async () => {
  await s.close()
  await upstream.close()
})

async function status(method: string, path: string): Promise<number> {
  const headers = { authorization: `Bearer ${s.token('wide')}` }
  const response = await fetch(`${s.url}/proxy/wide${path}`, { method, headers })
  await response.arrayBuffer()
  return response.status
}

describe('a path that is two operations', () => {
  it('needs both to be allowed', async () => {
    assert.equal(await status('POST', '/orders/1'), 200)
    assert.equal(await status('POST', '/orders/search'), 403)
    s.grants.set('POST /{kind}/search', 'auto')
    assert.equal(await status('POST', '/orders/search'), 200)
    s.grants.delete('POST /{kind}/search')
  })

  it('is refused where records are declared of one of them', async () => {
    assert.equal(await status('PUT', '/orders/search'), 400)
    assert.equal(await status('PUT', '/carts/search'), 200)
  })

  it('is refused where its values could be read in two ways and are judged', async () => {
    assert.equal(await status('PATCH', '/a-b-c'), 400)
    assert.equal(await status('PATCH', '/a-b'), 404)
  })
})

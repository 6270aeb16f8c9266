// The API: each person's own contacts, and what a dead, foreign or narrow token gets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SeenRequest } from './crm.ts'
import type { Contact, Note } from './seed.ts'
import { DANA, EVE, openCrm } from './testing/client.ts'

const note = (text: unknown) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ text }),
})

test('the data is the same on every start, and each person sees their own', async (t) => {
  const [one, two] = [await openCrm(t), await openCrm(t)]
  const of = async ({ client }: typeof one, person: typeof DANA) => {
    const { access_token } = await client.granted(person)
    return ((await (await client.api('/contacts', access_token)).json()) as { contacts: Contact[] }).contacts
  }
  const [dana, eve] = [await of(one, DANA), await of(one, EVE)]
  assert.deepEqual(dana, await of(two, DANA))
  assert.ok(dana.length > 0 && eve.length > 0)
  const ids = new Set([...dana, ...eve].map(({ id }) => id))
  assert.equal(ids.size, dana.length + eve.length)
  assert.ok(dana[0]?.cases.some((one) => one.status === 'open' && one.order_id === 'ord_00001'))
  assert.equal(dana[0]?.loyalty_tier, 'gold')
})

test('the token says who is asking', async (t) => {
  const { client } = await openCrm(t)
  const { access_token } = await client.granted(EVE)
  const me = await client.api('/me', access_token)
  assert.deepEqual(await me.json(), { email: EVE.email, name: 'Eve Kowalska' })
  assert.equal(me.headers.get('x-upstream'), 'crm')
})

test('someone else’s contact and nobody’s are not found in the same words', async (t) => {
  const { client } = await openCrm(t)
  const { access_token } = await client.granted(DANA)
  assert.equal((await client.api('/contacts/ctc_0001', access_token)).status, 200)
  const eves = await client.api('/contacts/ctc_0003', access_token)
  const nobodys = await client.api('/contacts/ctc_9999', access_token)
  assert.equal(eves.status, 404)
  assert.equal(await eves.text(), await nobodys.text())
  assert.equal((await client.api('/contacts/ctc_0003/notes', access_token, note('hello'))).status, 404)
  assert.equal((await client.api('/contacts/__proto__', access_token)).status, 404)
  const { access_token: hers } = await client.granted(EVE)
  const contact = (await (await client.api('/contacts/ctc_0003', hers)).json()) as Contact
  assert.equal(contact.notes.length, 1)
})

test('a note is kept, signed by the person and dated', async (t) => {
  const { client, clock } = await openCrm(t)
  const { access_token } = await client.granted(DANA)
  const added = await client.api('/contacts/ctc_0001/notes', access_token, note('Prefers a refund.'))
  assert.equal(added.status, 201)
  const kept = (await added.json()) as Note
  const at = new Date(clock.at).toISOString()
  assert.deepEqual(kept, { id: 'note_0007', text: 'Prefers a refund.', by: DANA.email, at })
  const contact = (await (await client.api('/contacts/ctc_0001', access_token)).json()) as Contact
  assert.deepEqual(contact.notes.at(-1), kept)
})

test('a note that cannot be one is refused', async (t) => {
  const { client } = await openCrm(t)
  const { access_token } = await client.granted(DANA)
  const path = '/contacts/ctc_0001/notes'
  for (const text of ['', '  ', 'x'.repeat(2_001), 7, null, undefined]) {
    assert.equal((await client.api(path, access_token, note(text))).status, 400, String(text).slice(0, 9))
  }
  for (const body of ['[]', 'null', '"text"', '{']) {
    assert.equal((await client.api(path, access_token, { ...note(''), body })).status, 400, body)
  }
  const form = { method: 'POST', body: new URLSearchParams({ text: 'hello' }) }
  assert.equal((await client.api(path, access_token, form)).status, 415)
  assert.equal((await client.api(path, access_token, note('x'.repeat(70_000)))).status, 413)
})

test('a scope that was not granted is missing, by name', async (t) => {
  const { client } = await openCrm(t)
  const reader = await client.granted(DANA, { scope: undefined })
  assert.equal(reader.scope, 'contacts.read')
  const refused = await client.api('/contacts/ctc_0001/notes', reader.access_token, note('hello'))
  assert.equal(refused.status, 403)
  const challenge = 'Bearer error="insufficient_scope", scope="notes.write"'
  assert.equal(refused.headers.get('www-authenticate'), challenge)
  const writer = await client.granted(DANA, { scope: 'notes.write' })
  for (const path of ['/contacts', '/contacts/ctc_0001']) {
    assert.equal((await client.api(path, writer.access_token)).status, 403)
  }
})

test('without a live access token everything is 401, whether it exists or not', async (t) => {
  const { client } = await openCrm(t)
  const { refresh_token } = await client.granted(DANA)
  const { code } = await client.code(DANA)
  for (const path of ['/me', '/contacts', '/contacts/ctc_0001', '/contacts/ctc_9999', '/nowhere', '/']) {
    for (const authorization of [`Bearer ${refresh_token}`, `Bearer ${code}`, 'Bearer x', 'Bearer', 'Basic eDp5']) {
      const response = await fetch(`${client.url}${path}`, { headers: { authorization } })
      assert.equal(response.status, 401, `${path} ${authorization}`)
      assert.equal(response.headers.get('www-authenticate'), 'Bearer error="invalid_token"')
    }
    const bare = await fetch(`${client.url}${path}?access_token=x`)
    assert.deepEqual([bare.status, bare.headers.get('www-authenticate')], [401, 'Bearer'])
  }
})

test('what is not there and what cannot be done are told apart', async (t) => {
  const { client } = await openCrm(t)
  const { access_token } = await client.granted(DANA)
  assert.equal((await client.api('/nowhere', access_token)).status, 404)
  const removed = await client.api('/contacts/ctc_0001', access_token, { method: 'DELETE' })
  assert.deepEqual([removed.status, removed.headers.get('allow')], [405, 'GET'])
  assert.equal((await client.api('/contacts/%E0%A4%A', access_token)).status, 400)
})

test('every request is seen with its headers, refused ones too', async (t) => {
  const seen: SeenRequest[] = []
  const { client } = await openCrm(t, { onRequest: (request) => void seen.push(request) })
  await fetch(`${client.url}/contacts?x=1`, { headers: { 'x-request-id': 'evt_42' } })
  assert.equal(seen.length, 1)
  assert.deepEqual([seen[0]?.method, seen[0]?.path], ['GET', '/contacts?x=1'])
  assert.equal(seen[0]?.headers['x-request-id'], 'evt_42')
})

// Against a real SMTP server: what arrives is what was meant, and an address is never more than one address.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { smtpMail } from './index.ts'

const arrived: { to: string[]; body: string }[] = []
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData(stream, session, done) {
    text(stream).then((body) => {
      arrived.push({ to: session.envelope.rcptTo.map(({ address }) => address), body })
      done()
    })
  },
})
let url = ''
before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`
})
after(() => new Promise<void>((resolve) => server.close(() => resolve())))

test('a message arrives with its subject and text', async () => {
  const mail = smtpMail({ url, from: 'Mandate <mandate@example.com>' })
  await mail.send({
    to: 'dana@example.com',
    subject: 'Refund bot asks',
    text: 'Look: https://id.example/approvals/apr_1',
  })
  mail.close()
  const { to, body } = arrived.at(-1) ?? { to: [], body: '' }
  assert.deepEqual(to, ['dana@example.com'])
  assert.match(body, /Subject: Refund bot asks/)
  assert.match(body, /approvals\/apr_1/)
})

test('a text with line breaks cannot add a header, nor an address a second one', async () => {
  const mail = smtpMail({ url, from: 'Mandate <mandate@example.com>' })
  const before = arrived.length
  await mail.send({ to: 'dana@example.com', subject: 'A\r\nBcc: eve@example.com', text: '.' })
  await mail.send({ to: 'dana@example.com, eve@example.com', subject: 'B', text: '.' }).catch(() => undefined)
  mail.close()
  for (const { to, body } of arrived.slice(before)) {
    assert.ok(!to.includes('eve@example.com'), String(to))
    assert.doesNotMatch(body, /^Bcc:/m)
  }
})

test('a server that is not there is an error, and off loopback one without TLS gets nothing', async () => {
  const away = smtpMail({ url: 'smtp://127.0.0.1:1', from: 'm@example.com' })
  await assert.rejects(away.send({ to: 'dana@example.com', subject: 's', text: 't' }))
})

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { contentSecurityPolicy, document, html } from './index.ts'

test('what is put into a page is text, wherever it stands', () => {
  const evil = `"><script>alert('1')</script>&`
  const page = document({ title: evil, body: html`<p title="${evil}">${evil}</p>` })
  assert.doesNotMatch(page, /<script>alert/)
  assert.equal([...page.matchAll(/&quot;&gt;&lt;script&gt;alert\(&#39;1&#39;\)&lt;\/script&gt;&amp;/g)].length, 3)
})

test('the policy names exactly the style and the script that the page has', () => {
  const page = document({ body: html``, live: true })
  const policy = contentSecurityPolicy({ live: true })
  for (const tag of ['style', 'script']) {
    const [, text = ''] = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page) ?? []
    assert.ok(policy.includes(`'sha256-${createHash('sha256').update(text).digest('base64')}'`), tag)
  }
  assert.doesNotMatch(contentSecurityPolicy({}), /script-src|unsafe/)
})

test('where one is in the console is said to those who cannot see it', () => {
  const nav = { person: 'Dana', places: [{ name: 'Approvals', path: '/approvals', count: 2 }], at: '/approvals' }
  assert.match(document({ body: html``, nav }), /<a href="\/approvals" aria-current="page">Approvals/)
})

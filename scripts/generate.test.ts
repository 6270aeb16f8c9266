// Generated files are written, compared and removed.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { GENERATORS, generate } from './generate.ts'
import { temporaryTree } from './temporary-tree.ts'

const SOURCES = {
  'package.json': '{"type":"module"}',
  'server/src/config.ts': `export const settings = [
    { variable: 'PORT', key: 'port', type: 'port', default: '4000', description: 'Where to listen | or not.' },
    { variable: 'MANDATE_MASTER_KEY', key: 'master_key', type: 'base64', description: 'Wraps keys.', secret: true },
  ]`,
  'server/src/platform/telemetry/metrics.ts':
    "export const METRICS = { counter: { runs_total: { help: 'Runs.', labels: ['job'] } } }",
  'contract/src/problems.ts': `export const PROBLEMS = {
    rate_limited: { status: 429, title: 'Too many attempts', sentence: 'Wait, then try again.' },
  }`,
  'server/src/openapi.ts': "export const openapiDocument = () => ({ openapi: '3.1.0' })",
}
const tried = (root: string) => generate(root, GENERATORS, false)
const written = (root: string) => generate(root, GENERATORS, true)

describe('generate', () => {
  it('writes the settings, a page for each problem and the OpenAPI document, and is then content', async () => {
    using tree = temporaryTree(SOURCES)
    assert.deepEqual((await written(tree.root)).problems, [])
    assert.deepEqual((await tried(tree.root)).problems, [])
    const config = readFileSync(join(tree.root, 'docs/config.md'), 'utf8')
    assert.match(config, /\| `PORT` \| `port` \| port \| `4000` \| Where to listen \\\| or not\. \|/)
    assert.match(config, /Wraps keys\. \*\*Secret\.\*\*/)
    const page = readFileSync(join(tree.root, 'docs/problems/rate-limited.md'), 'utf8')
    for (const part of ['# Too many attempts', '429', '## What it means', '## What to do', 'Wait, then try again.'])
      assert.ok(page.includes(part), part)
    assert.equal(JSON.parse(readFileSync(join(tree.root, 'contract/openapi.json'), 'utf8')).openapi, '3.1.0')
  })

  it('catches a file edited by hand, a file that is missing, and a page whose problem is gone', async () => {
    using tree = temporaryTree(SOURCES)
    await written(tree.root)
    tree.write('docs/config.md', 'edited')
    tree.write('docs/problems/gone.md', 'stale')
    tree.write('contract/openapi.json', '{}')
    const problems = (await tried(tree.root)).problems.join('\n')
    for (const path of ['docs/config.md', 'docs/problems/gone.md', 'contract/openapi.json'])
      assert.ok(problems.includes(path), path)
    assert.ok(existsSync(join(tree.root, 'docs/problems/gone.md')), 'a check changes nothing')
  })

  it('removes the page of a problem that is gone', async () => {
    using tree = temporaryTree({ ...SOURCES, 'docs/problems/gone.md': 'stale' })
    await written(tree.root)
    assert.ok(!existsSync(join(tree.root, 'docs/problems/gone.md')))
  })

  it('fails for a source that is missing or says nothing, and still makes the rest', async () => {
    using tree = temporaryTree({ ...SOURCES, 'server/src/config.ts': 'export const settings = []' })
    assert.match((await written(tree.root)).problems.join(), /docs\/config\.md: cannot be made: .* exports no settings/)
    assert.ok(existsSync(join(tree.root, 'contract/openapi.json')))
    using empty = temporaryTree({ 'README.md': '' })
    assert.equal((await tried(empty.root)).problems.length, GENERATORS.length + 1)
  })

  it('refuses a problem whose status nobody explained', async () => {
    using tree = temporaryTree({
      ...SOURCES,
      'contract/src/problems.ts': "export const PROBLEMS = { teapot: { status: 418, title: 't', sentence: 's' } }",
    })
    assert.match((await tried(tree.root)).problems.join(), /teapot: say what status 418 means/)
  })
})

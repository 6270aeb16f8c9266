// Commands, links and paths that do not exist are caught, in every kind of page.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { documentedCommands } from './documented-commands.ts'
import { temporaryTree } from './temporary-tree.ts'

const SOUND = {
  'package.json': '{"type":"module","scripts":{"start":"x","test":"x","test:full":"x"}}',
  'package-lock.json': '{}',
  'cli/src/commands.ts': "export const COMMANDS = { scan: { summary: '' }, 'audit verify': { summary: '' } }",
  'README.md': '`npm test`, `mandate scan` and [the tour](docs/tour.md#start)\n\n```sh\nnpm ci && npm start\n```\n',
  'docs/tour.md': 'See `cli/src/commands.ts`.\n',
}
const problemsOf = async (files: Record<string, string>): Promise<string> => {
  using tree = temporaryTree({ ...SOUND, ...files })
  return (await documentedCommands(tree.root)).problems.join('\n')
}

describe('documented commands', () => {
  it('has nothing to say about sound pages', async () => assert.equal(await problemsOf({}), ''))

  const wrong: [page: string, text: string, problem: RegExp][] = [
    ['README.md', '`npm run dmeo`', /README\.md:1: npm has no script dmeo/],
    ['docs/guide/a.md', 'text\n\n```\n$ npm run gone -- x\n```', /docs\/guide\/a\.md:4: npm has no script gone/],
    ['AGENTS.md', '`mandate frobnicate`', /mandate frobnicate is not in the table/],
    ['AGENTS.md', '`npx mandate audit repair`', /mandate audit repair is not in the table/],
    ['CONTRIBUTING.md', '```sh\nMANDATE_ISSUER=x mandate leave --now\n```', /mandate leave is not in the table/],
    ['docs/a.md', '```sh\ncd x && mandate leave\n```', /mandate leave is not in the table/],
    ['docs/a.md', '[gone](gone.md)', /link to gone\.md leads nowhere/],
    ['docs/a.md', '[one](a.md) [two](../gone/b.md "title")', /link to \.\.\/gone\/b\.md leads nowhere/],
    ['docs/a.md', '[ref]: ./gone.md', /link to \.\/gone\.md leads nowhere/],
    ['docs/tour.md', '`cli/src/commands.ts` then `gateway/gone.ts`', /gateway\/gone\.ts does not exist/],
  ]
  for (const [page, text, problem] of wrong)
    it(`catches ${JSON.stringify(text)} in ${page}`, async () =>
      assert.match(await problemsOf({ [page]: text }), problem))

  it('takes words behind a command for its arguments, and sentences for sentences', async () => {
    const text = [
      '`mandate audit verify export.jsonl`, `mandate scan my-folder`, `mandate --help`, `mandate.yaml`, `npm install x`',
      '```json',
      '{ "says": "mandate is up; npm run nothing" }',
      '```',
      '```',
      'mandate: ready',
      'started mandate in a folder',
      '```',
      '[outside](https://example.com/x) [mail](mailto:a@example.com) [here](#there) `[not](a-link.md)`',
    ].join('\n')
    assert.equal(await problemsOf({ 'docs/a.md': text }), '')
  })

  it('catches documented commands when the table of the CLI is gone', async () => {
    using tree = temporaryTree({ ...SOUND, 'cli/src/commands.ts': 'export {}' })
    assert.match((await documentedCommands(tree.root)).problems.join(), /mandate scan is not in the table/)
  })

  it('fails when there is nothing to try', async () => {
    using tree = temporaryTree({ 'package.json': '{}' })
    assert.equal((await documentedCommands(tree.root)).problems.length, 4)
  })
})

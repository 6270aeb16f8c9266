// Misnumbered and incomplete decisions are caught.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { adrNumbers } from './adr-numbers.ts'
import { temporaryTree } from './temporary-tree.ts'

const decision = (number: string) => `# ${number} One road\n\n## Question\n\n## Forces\n\n## Choice\n\n## Price\n`
const problemsOf = (files: Record<string, string>): string => {
  using tree = temporaryTree(files)
  return adrNumbers(tree.root).problems.join('\n')
}

describe('decisions', () => {
  it('accepts numbered, complete decisions', () => {
    assert.equal(problemsOf({ 'docs/adr/0001-road.md': decision('0001'), 'docs/adr/0002-b.md': decision('0002') }), '')
  })
  it('catches a gap', () => {
    const files = { 'docs/adr/0001-a.md': decision('0001'), 'docs/adr/0003-b.md': decision('0003') }
    assert.match(problemsOf(files), /0003-b\.md: stands where 0002 is due/)
  })
  it('catches a number used twice', () => {
    const files = { 'docs/adr/0001-a.md': decision('0001'), 'docs/adr/0001-b.md': decision('0001') }
    assert.match(problemsOf(files), /0001-b\.md: stands where 0002 is due/)
  })
  it('catches a heading with another number', () => {
    assert.match(problemsOf({ 'docs/adr/0001-a.md': decision('0002') }), /needs a heading "# 0001 …"/)
  })
  it('catches a missing section, also when it only stands in an example', () => {
    const hidden = decision('0001').replace('## Price', '```\n## Price\n```')
    assert.match(problemsOf({ 'docs/adr/0001-a.md': hidden }), /has no heading "## Price"/)
  })
  it('catches a strange name', () => {
    assert.match(
      problemsOf({ 'docs/adr/0001-a.md': decision('0001'), 'docs/adr/idea.md': '' }),
      /idea\.md: is not named/,
    )
  })
  it('fails when there is none', () => assert.match(problemsOf({ 'docs/adr/README.md': '' }), /found no decisions/))
})

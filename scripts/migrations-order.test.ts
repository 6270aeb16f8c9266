// Gaps, doubles and rewritten history are caught, in real git repositories.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { migrationsOrder } from './migrations-order.ts'
import { type TemporaryTree, temporaryTree } from './temporary-tree.ts'

const FOLDER = 'server/src/agents/migrations'
const TABLE = 'create table t ();\n'
const named = (...names: string[]) =>
  temporaryTree(Object.fromEntries(names.map((name) => [`${FOLDER}/${name}`, TABLE])))
const problemsOf = (...names: string[]): string => {
  using tree = named(...names)
  return migrationsOrder(tree.root).problems.join('\n')
}

function commit({ root }: TemporaryTree): void {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')))
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, env, stdio: 'ignore' })
  git('init', '--quiet')
  git('add', '--all')
  git('-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false', 'commit', '-m', 'step')
}

describe('migrations', () => {
  it('accepts numbers from 0001 on', () => assert.equal(problemsOf('0001-agents.sql', '0002-owners.sql'), ''))
  it('catches a gap', () => assert.match(problemsOf('0001-a.sql', '0003-b.sql'), /number 3 stands where 2 is due/))
  it('catches a wrong start', () => assert.match(problemsOf('0002-a.sql'), /number 2 stands where 1 is due/))
  it('catches a number used twice', () =>
    assert.match(problemsOf('0001-a.sql', '0001-b.sql'), /number 1 stands where 2/))
  it('catches a strange name', () => assert.match(problemsOf('0001-a.sql', 'more.sql'), /more\.sql: is not named/))

  it('catches one that is empty but for comments', () => {
    using tree = named('0001-a.sql')
    tree.write(`${FOLDER}/0002-b.sql`, '-- later\n/* perhaps */\n')
    assert.match(migrationsOrder(tree.root).problems.join(), /0002-b\.sql: is empty/)
  })

  it('fails when there is none', () => {
    using tree = temporaryTree({ 'server/src/main.ts': '' })
    assert.match(migrationsOrder(tree.root).problems.join(), /found no migrations/)
  })

  it('lets a new migration follow those that are committed', () => {
    using tree = named('0001-a.sql')
    commit(tree)
    tree.write(`${FOLDER}/0002-b.sql`, TABLE)
    assert.deepEqual(migrationsOrder(tree.root).problems, [])
    commit(tree)
    assert.deepEqual(migrationsOrder(tree.root).problems, [])
  })

  it('catches a change to one that is committed, before and after that change is committed too', () => {
    using tree = named('0001-a.sql')
    commit(tree)
    tree.write(`${FOLDER}/0001-a.sql`, 'create table other ();\n')
    assert.match(migrationsOrder(tree.root).problems.join(), /0001-a\.sql: was committed and is changed since/)
    commit(tree)
    assert.match(migrationsOrder(tree.root).problems.join(), /0001-a\.sql: was committed and is changed since/)
  })

  it('catches the removal of one that is committed, also when its text moved to another name', () => {
    using tree = named('0001-a.sql')
    commit(tree)
    execFileSync('mv', ['0001-a.sql', '0001-b.sql'], { cwd: `${tree.root}/${FOLDER}` })
    assert.match(migrationsOrder(tree.root).problems.join(), /0001-a\.sql: was committed/)
  })
})

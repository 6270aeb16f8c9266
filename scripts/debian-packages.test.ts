// What is missing is named, what is there is left alone.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ensurePackages, installCommand, type SystemPackage } from './debian-packages.ts'
import { findPostgres } from './postgres-cluster.ts'
import { temporaryTree } from './temporary-tree.ts'

const there: SystemPackage = { name: 'there', reason: 'a test', present: () => true }

describe('system packages', () => {
  it('says what is needed and installs nothing that is there', () => {
    const said: string[] = []
    ensurePackages([there], (line) => said.push(line))
    assert.deepEqual(said, ['needs there: a test (is there)'])
  })

  it('names all that is missing in one command', () => {
    assert.match(installCommand([there, { ...there, name: 'other' }]), /apt-get install -y .* there other$/)
  })
})

describe('the search for PostgreSQL', () => {
  it('takes the newest server, by number, and passes over clients without one', () => {
    using tree = temporaryTree({
      ...{ '9/bin/initdb': '', '9/bin/pg_ctl': '', '15/bin/initdb': '', '15/bin/pg_ctl': '' },
      '17/bin/psql': '',
    })
    assert.equal(findPostgres(tree.root), `${tree.root}/15/bin`)
    assert.equal(findPostgres(`${tree.root}/gone`), undefined)
  })
})

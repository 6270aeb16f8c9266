// Passwords are kept so that a stolen table is of little use, and checked so that time tells nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOptions } from '@node-rs/argon2'
import { hashPassword, NOBODYS_HASH, passwordMatches } from './passwords.ts'

const parameters = (hash: string) => {
  const { algorithm, version, memoryCost, timeCost, parallelism, outputLen, saltLen } = parseOptions(hash)
  return { algorithm, version, memoryCost, timeCost, parallelism, outputLen, saltLen }
}

test('hashes are Argon2id with 19 MiB, two passes and one lane, each with its own salt', async () => {
  const [one, two] = [await hashPassword('correct horse battery'), await hashPassword('correct horse battery')]
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.notEqual(one, two)
})

test('what stands where there is no password costs exactly as much to check', async () => {
  assert.deepEqual(parameters(NOBODYS_HASH), parameters(await hashPassword('correct horse battery')))
})

test('the password matches and nothing else does', async () => {
  const hash = await hashPassword('correct horse battery')
  assert.equal(await passwordMatches(hash, 'correct horse battery'), true)
  for (const other of ['', 'correct horse batter', 'correct horse battery ', 'Correct horse battery', hash])
    assert.equal(await passwordMatches(hash, other), false, other)
  assert.equal(await passwordMatches(undefined, 'correct horse battery'), false)
  assert.equal(await passwordMatches(undefined, ''), false)
})

test('a password typed with combining marks is the same password', async () => {
  assert.equal(await passwordMatches(await hashPassword('stra\u00dfe-caf\u00e9-12'), 'stra\u00dfe-cafe\u0301-12'), true)
})

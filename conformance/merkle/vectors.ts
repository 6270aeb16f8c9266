// The published vectors, read from the folder of test suites that MANDATE_SUITES names; they are not kept here.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Vector = Record<string, unknown> & { id: string; valid: boolean }

export function suiteFile(name: string): unknown {
  const suites = process.env.MANDATE_SUITES
  assert.ok(suites, 'MANDATE_SUITES is not set: it names the folder of test suites, the one that contains merkle/')
  const path = join(suites, 'merkle', name)
  assert.ok(existsSync(path), `MANDATE_SUITES is ${suites}, but there is no ${path}`)
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** Fails unless there are vectors to accept and vectors to refuse: a run that checks nothing proves nothing. */
export function vectorsOf(name: string): Vector[] {
  const { vectors } = suiteFile(name) as { vectors?: unknown }
  assert.ok(Array.isArray(vectors) && vectors.length > 0, `${name} holds no vectors`)
  for (const verdict of [true, false])
    assert.ok(
      vectors.some((vector) => vector.valid === verdict),
      `${name} holds no vector that is ${verdict ? 'valid' : 'invalid'}`,
    )
  return vectors
}

/** Sizes are decimal strings, some beyond 2^53. */
export function integer(vector: Vector, field: string): bigint {
  const value = vector[field]
  assert.ok(typeof value === 'string' && /^[0-9]+$/.test(value), `${vector.id}: ${field} is no decimal string`)
  return BigInt(value)
}

/** As given: the length may be wrong, which is for the verifier to see. */
export function hash(vector: Vector, field: string): Uint8Array {
  const value = vector[field]
  assert.ok(typeof value === 'string', `${vector.id}: ${field} is no base64 string`)
  return Buffer.from(value, 'base64')
}

export function proof({ id, proof }: Vector): Uint8Array[] {
  assert.ok(Array.isArray(proof), `${id}: proof is no list`)
  return proof.map((value) => Buffer.from(String(value), 'base64'))
}

// The demo is a story that can fail: played to its end by the command that README names, it ends well and leaves nothing.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../testing/server.ts'

const MAIN = fileURLToPath(new URL('../../demo/src/main.ts', import.meta.url))
const CHAPTERS = ['The scene', 'an order', 'Money', 'another company', 'stolen', 'stops it', 'proved']

test('the demo plays to its end, in order, and removes what it made', { timeout: 180_000 }, async () => {
  const { path, remove } = await temporaryFolder()
  const env = { PATH: process.env.PATH ?? '', TMPDIR: path }
  const child = spawn(process.execPath, [MAIN, '--fast'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await exited
  assert.equal(code, 0, out + err)
  const told = [...out.matchAll(/^\d+\. (.+)$/gm)].map(([, chapter = '']) => chapter)
  assert.equal(told.length, CHAPTERS.length, out)
  for (const [at, words] of CHAPTERS.entries())
    assert.ok(told[at]?.includes(words), `${told[at]} is not about ${words}`)
  assert.match(out, /€400 paid back/)
  assert.match(out, /mandate audit verify: (?:All|The first) \d+ entries are exactly those that were signed/)
  assert.deepEqual(await readdir(path), [], 'nothing is left behind')
  await remove()
})

test('a demo that is interrupted removes what it made, too', { timeout: 120_000 }, async () => {
  const { path, remove } = await temporaryFolder()
  const env = { PATH: process.env.PATH ?? '', TMPDIR: path }
  const child = spawn(process.execPath, [MAIN, '--fast'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  let out = ''
  for await (const chunk of child.stdout) {
    out += chunk
    if (out.includes('Money')) child.kill('SIGINT')
  }
  await exited
  assert.deepEqual(await readdir(path), [], 'nothing is left behind')
  await remove()
})

// MCP servers as child processes: a real one with the official client, and programs that go wrong.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { StdioServer } from '../model.ts'
import { bot, type Stage, stage } from '../testing.ts'

const everything = fileURLToPath(new URL('../../../../node_modules/.bin/mcp-server-everything', import.meta.url))
const SECRET = 'canary-secret-0b5e'

/** A small server, whose tools do what their names say. */
const BENT = `
  process.stderr.write('starting with ' + process.env.KEY + '\\n')
  const say = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n')
  const text = (id, text) => say(id, { content: [{ type: 'text', text }] })
  const tools = {
    environment: (id) => text(id, JSON.stringify(Object.keys(process.env).sort())),
    home: (id) => text(id, process.env.HOME + ' ' + process.cwd() + ' ' + process.pid),
    echo: (id) => text(id, process.env.KEY),
    crash: () => process.exit(3),
    flood: () => process.stdout.write('x'.repeat(5_000_000)),
    hang: () => {},
    fork: (id) => text(id, String(require('node:child_process').spawn('sleep', ['60'], { stdio: 'inherit' }).pid)),
    noise: (id) => { process.stdout.write('not json\\n\\n{"jsonrpc":"2.0","id":77,"result":{}}\\n'); text(id, 'ok') },
  }
  let held = ''
  process.stdin.on('data', (chunk) => {
    held += chunk
    for (let at = held.indexOf('\\n'); at >= 0; at = held.indexOf('\\n')) {
      const { id, method, params } = JSON.parse(held.slice(0, at))
      held = held.slice(at + 1)
      if (method === 'initialize')
        say(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'bent', version: '1' } })
      else if (method === 'tools/call') tools[params.name](id)
    }
  })
`
const servers: Record<string, StdioServer> = {
  everything: { command: process.execPath, args: [everything, 'stdio'], env: {} },
  bent: { command: process.execPath, args: ['-e', BENT], env: { MODE: 'test' }, credential_variable: 'KEY' },
  missing: { command: '/nowhere/at-all', args: [], env: {} },
}

let s: Stage
before(async () => {
  s = await stage(servers)
  const credential = { type: 'api_key', header: 'Authorization', prefix: 'Bearer ', value: SECRET } as const
  for (const name of Object.keys(servers)) s.connect({ name, kind: 'mcp', upstream: `stdio:${name}`, credential })
  const bent = ['environment', 'home', 'crash', 'flood', 'hang', 'noise', 'fork']
  const real = ['echo', 'get-sum', 'trigger-long-running-operation', 'resources/list', 'logging/setLevel']
  for (const tool of [...bent, ...real]) s.grants.set(tool, 'auto')
})
after(() => s.close())

async function client(connection: string) {
  const headers = { authorization: `Bearer ${s.token(connection)}` }
  const transport = new StreamableHTTPClientTransport(new URL(`${s.url}/mcp/${connection}`), {
    requestInit: { headers },
  })
  const connected = new Client({ name: 'test', version: '1' })
  await connected.connect(transport)
  return { client: connected, transport, [Symbol.asyncDispose]: () => connected.close() }
}
const textOf = async (calling: ReturnType<Client['callTool']>) =>
  ((await calling).content as { text: string }[]).map(({ text }) => text).join()
const call = (dial: { client: Client }, name: string, args = {}) =>
  textOf(dial.client.callTool({ name, arguments: args }))
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
const until = async (holds: () => unknown) => {
  while (!holds()) await new Promise(setImmediate)
}

describe('A real server over stdio', () => {
  it('is used like any other, with progress on the way', async () => {
    await using dial = await client('everything')
    const { tools } = await dial.client.listTools()
    assert.deepEqual(
      tools.map(({ name }) => name).filter((name) => name === 'echo' || name === 'get-env'),
      ['echo'],
    )
    assert.equal(await call(dial, 'echo', { message: 'hello' }), 'Echo: hello')
    const { resources } = await dial.client.listResources()
    assert.ok(resources.length > 0)
    const progress: number[] = []
    const params = { name: 'trigger-long-running-operation', arguments: { duration: 0.2, steps: 2 } }
    await dial.client.callTool(params, undefined, { onprogress: (step) => progress.push(step.progress) })
    assert.deepEqual(progress, [1, 2])
  })

  it('answers many calls at once, each to its caller', async () => {
    await using dial = await client('everything')
    const numbers = Array.from({ length: 20 }, (_, index) => index)
    const answers = await Promise.all(numbers.map((a) => call(dial, 'get-sum', { a, b: 100 })))
    for (const a of numbers) assert.match(answers[a] ?? '', new RegExp(`\\b${a + 100}\\b`))
  })

  it('is not called where it was not granted', async () => {
    await using dial = await client('everything')
    await assert.rejects(call(dial, 'get-env'), /-32001/)
    await assert.rejects(dial.client.readResource({ uri: 'demo://resource/1' }), /-32001/)
  })
})

describe('A child process', () => {
  it('has its own empty home and next to no environment, and is gone with its session', async () => {
    const dial = await client('bent')
    const names = JSON.parse(await call(dial, 'environment')) as string[]
    assert.deepEqual(names, ['HOME', 'KEY', 'MODE', 'PATH'])
    const [home = '', cwd, pid] = (await call(dial, 'home')).split(' ')
    assert.equal(cwd, home)
    assert.ok(existsSync(home) && isRunning(Number(pid)))
    await dial.transport.terminateSession()
    await dial.client.close()
    await until(() => !isRunning(Number(pid)) && !existsSync(home))
  })

  it('is one for each session, and ends when the agent is stopped', async () => {
    await using one = await client('bent')
    await using other = await client('bent')
    const pids = [await call(one, 'home'), await call(other, 'home')].map((text) => Number(text.split(' ')[2]))
    assert.notEqual(pids[0], pids[1])
    const held = assert.rejects(call(one, 'hang'), /Access ended/)
    s.stopped.add(bot)
    await held
    await until(() => !pids.some(isRunning))
    s.stopped.clear()
    await assert.rejects(call(other, 'home'), /initialize again/)
  })

  it('cannot hand out its credential, not even in its logs', async () => {
    await using dial = await client('bent')
    await assert.rejects(call(dial, 'echo'), (error: Error) => !error.message.includes(SECRET))
    await until(() => s.debug.some((text) => text.includes('[credential]')))
    assert.doesNotMatch(s.debug.join(), new RegExp(SECRET))
  })

  it('that crashes, or floods us, fails the calls that wait and ends the session', async () => {
    for (const how of ['crash', 'flood']) {
      await using dial = await client('bent')
      const waiting = assert.rejects(call(dial, 'hang'), /ended|too much/)
      await assert.rejects(call(dial, how), /ended|too much/)
      await waiting
      await assert.rejects(call(dial, 'home'), /initialize again/)
    }
  })

  it('that leaves programs of its own behind takes them with it', async () => {
    await using dial = await client('bent')
    const left = Number(await call(dial, 'fork'))
    assert.ok(isRunning(left))
    await assert.rejects(call(dial, 'crash'), /ended/)
    await until(() => !isRunning(left))
  })

  it('may make noise without confusing anyone', async () => {
    await using dial = await client('bent')
    assert.equal(await call(dial, 'noise'), 'ok')
  })

  it('that cannot be started fails the opening of the session', async () => {
    await assert.rejects(client('missing'), /could not be started|broke/)
  })
})

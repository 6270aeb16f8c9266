// Where the time of a call goes: the house under load with V8's profiler, each moment charged to the file that caused it.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exchangeOf } from './benchmarks/exchange.ts'
import { callsThrough } from './benchmarks/gateway.ts'
import { type Place, places } from './databases.ts'
import { type HttpCall, load } from './load.ts'
import { serve } from './served.ts'
import { openShop, type Shop } from './shop/shop.ts'
import { type Cell, printTable } from './table.ts'

const CALLS = 4_000
const SHOWN = 30
const ROOT = new URL('../../', import.meta.url).href

export async function profile(): Promise<void> {
  for (const place of await places()) {
    try {
      await profiled(place, 'tools/call', async (shop) => callNamed(shop, 'tools/call, allowed'))
      if (place.name === 'embedded') {
        await profiled(place, 'GET through the proxy', async (shop) => callNamed(shop, 'GET, allowed'))
        await profiled(place, 'token exchange', async (shop) => exchangeOf(shop, shop.subject.jwt))
      }
    } finally {
      await place.remove()
    }
  }
}

async function callNamed(shop: Shop, wanted: string): Promise<HttpCall> {
  const found = (await callsThrough(shop)).find(({ name }) => name === wanted)
  if (!found) throw new Error(`no call named ${wanted}`)
  return found.call
}

async function profiled(place: Place, title: string, callOf: (shop: Shop) => Promise<HttpCall>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mandate-profile-'))
  const upstream = await serve('upstream')
  const shop = await openShop(place, upstream.url, ['--cpu-prof', `--cpu-prof-dir=${folder}`])
  const call = await callOf(shop)
  await load(call, CALLS)
  const from = microseconds()
  await load(call, CALLS)
  const window = { from, to: microseconds(), calls: CALLS }
  await shop.close()
  await upstream.stop()
  await printProfiles(folder, `${title}, ${place.name}`, [window])
  await rm(folder, { recursive: true })
}

/** What a process with `--cpu-prof-dir` left in the folder when it ended, a table for each window and thread. */
export async function printProfiles(folder: string, title: string, windows: readonly Window[]): Promise<void> {
  for (const file of (await readdir(folder)).sort()) {
    const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile
    for (const window of windows) print(profile, window, window.name ? `${title}, ${window.name}` : title)
  }
}

/** The clock of the profiles, which is the same in every process of a machine. */
export const microseconds = (): number => Number(process.hrtime.bigint() / 1000n)

interface Node {
  id: number
  callFrame: { url: string; functionName: string }
  children?: number[]
}

interface CpuProfile {
  nodes: Node[]
  samples: number[]
  timeDeltas: number[]
  startTime: number
}

function print({ nodes, samples, timeDeltas, startTime }: CpuProfile, window: Window, title: string): void {
  const charged = chargesOf(nodes)
  const times = new Map<string, number>()
  let at = startTime
  for (const [nth, sample] of samples.entries()) {
    at += timeDeltas[nth] ?? 0
    if (at < window.from || at > window.to) continue
    const name = charged.get(sample) ?? '?'
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[nth + 1] ?? 0))
  }
  times.delete('(idle)')
  if (times.size === 0) return
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  const rows = [...times].sort(([, one], [, other]) => other - one).slice(0, SHOWN)
  const thread = nodes.some(({ callFrame }) => callFrame.url.endsWith('/pglite-worker.ts')) ? 'database' : 'main'
  printTable(
    `${title}, ${thread} thread: ${Math.round(total / window.calls)} µs per call, by the file of ours that caused them`,
    ['file, or package where none of ours called', 'µs', '%'],
    rows.map(([name, time]): Cell[] => [name, time / window.calls, (100 * time) / total]),
  )
}

export interface Window {
  name?: string
  from: number
  to: number
  /** Calls made in it. */
  calls: number
}

/** Each node by the nearest file of ours on the way to it; by its own place where there is none. */
function chargesOf(nodes: readonly Node[]): ReadonlyMap<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const charged = new Map<number, string>()
  const visit = (node: Node, inherited: string | undefined): void => {
    const { url, functionName } = node.callFrame
    const own = url.startsWith(ROOT) && !url.includes('/node_modules/') ? url.slice(ROOT.length) : inherited
    const special = functionName.startsWith('(') && url === '' && functionName !== '(root)'
    charged.set(node.id, special ? functionName : (own ?? placeOf(url, functionName)))
    for (const id of node.children ?? []) {
      const child = byId.get(id)
      if (child) visit(child, own)
    }
  }
  const [root] = nodes
  if (root) visit(root, undefined)
  return charged
}

function placeOf(url: string, functionName: string): string {
  const inPackage = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
  if (inPackage !== undefined) return inPackage
  if (url.startsWith('wasm:')) return 'wasm'
  return url === '' ? functionName : url
}

// Who may import whom: the table, and the check that the code keeps to it. Rooms meet at doors, without cycles.
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { importsOf } from './imports.ts'
import { filesIn, isCode, ROOT } from './tree.ts'
import { tell, type Verdict, verdict } from './verdict.ts'

const ANY = 'any'

/** Each room, and the rooms whose doors it may use. Add an edge when a feature needs it, never a cycle. */
export const ROOMS: Readonly<Record<string, readonly string[] | typeof ANY>> = {
  directory: [],
  relationships: [],
  audit: [],
  operator: [],
  authentication: ['directory'],
  agents: ['directory'],
  connections: ['directory'],
  approvals: ['directory', 'authentication', 'agents'],
  access: ['directory', 'agents', 'connections', 'relationships'],
  'token-vault': ['directory', 'authentication', 'agents', 'connections'],
  'privileged-credentials': ['directory', 'agents', 'connections'],
  oauth: ['directory', 'authentication', 'agents', 'connections', 'access', 'approvals'],
  gateway: ['connections', 'token-vault', 'privileged-credentials', 'relationships'],
  detection: ['directory', 'agents', 'connections'],
  behavior: ['directory', 'agents', 'connections'],
  lifecycle: ['directory', 'agents', 'connections', 'access', 'approvals'],
  'universal-logout': ANY,
  // The signed-in person's pages: they call other rooms' operations by the road, as that person.
  pages: ANY,
  posture: ANY,
}

/** Everything that is not a room, and what it may import beside itself. `testing` is what only tests use. */
const ZONES: Readonly<Record<string, readonly string[] | typeof ANY>> = {
  contract: [],
  kernel: ['contract'],
  platform: ['kernel', 'contract', 'console'],
  pipeline: ['kernel', 'platform', 'contract'],
  config: ['kernel', 'platform', 'contract'],
  rates: ['pipeline', 'config'],
  ground: ['kernel', 'platform', 'contract', 'config'],
  operational: ['kernel', 'platform', 'contract', 'console'],
  rooms: ['platform', 'pipeline', ...Object.keys(ROOMS)],
  archives: ['platform', 'rooms'],
  server: ['kernel', 'platform', 'pipeline', 'contract', 'config', 'ground', 'operational', 'archives'],
  compose: [
    'kernel',
    'platform',
    'pipeline',
    'contract',
    'config',
    'ground',
    'rooms',
    'rates',
    'server',
    ...Object.keys(ROOMS),
  ],
  maintenance: ['kernel', 'platform', 'contract', 'config', 'archives', 'audit'],
  openapi: ['config', 'compose'],
  main: ['kernel', 'platform', 'pipeline', 'contract', 'config', 'compose', 'server'],
  testing: ANY,
  cli: ['contract'],
  sdk: ['contract'],
  console: ['contract', 'sdk'],
  examples: ['contract'],
  demo: ['contract', 'examples'],
  e2e: ['contract', 'console', 'sdk', 'cli', 'examples'],
  conformance: ANY,
  bench: ANY,
  scripts: ANY,
}

const GROUND = ['kernel', 'platform', 'pipeline', 'contract', 'console']
const CONTRACT_STANDS_ON = /^(zod(\/.*)?|node:crypto)$/
const PACKAGES: Readonly<Record<string, string>> = {
  '@mandate/contract': 'contract/src',
  '@mandate/server': 'server/src',
  '@mandate/cli': 'cli/src',
  '@mandate/console': 'console/src',
  '@mandate/demo': 'demo/src',
  '@mandate/example-crm': 'examples/crm/src',
  '@mandate/example-orders': 'examples/orders/src',
  '@mandate/example-knowledge': 'examples/knowledge/src',
  '@mandate/sdk': 'sdk/typescript/src',
  '@mandate/e2e': 'e2e',
  '@mandate/bench': 'bench/src',
  '@mandate/conformance': 'conformance',
}

export function boundaries(root: string): Verdict {
  const files = filesIn(root).filter(isCode)
  const problems: string[] = []
  const edges = new Map<string, Set<string>>()
  let imports = 0
  for (const file of files) {
    const zone = zoneOf(file)
    if (zone === undefined) {
      problems.push(`${file}: its folder stands in no row of the table in scripts/boundaries.ts`)
      continue
    }
    for (const { specifier, line } of importsOf(readFileSync(join(root, file), 'utf8'))) {
      imports += 1
      const wrong = judge(file, zone, specifier)
      if (wrong !== undefined) problems.push(`${file}:${line}: ${wrong}`)
      const target = specifier === undefined ? undefined : resolve(file, specifier)
      const other = target === undefined ? undefined : zoneOf(target)
      if (!isStage(file) && other !== undefined && other !== zone && other in ROOMS && zone in ROOMS)
        edges.set(zone, (edges.get(zone) ?? new Set()).add(other))
    }
  }
  return verdict({ files: files.length, imports }, [...problems, ...cycles(edges)])
}

/** The sentence to print when `file` may not import `specifier`. */
function judge(file: string, zone: string, specifier: string | undefined): string | undefined {
  if (specifier === undefined)
    return zone === 'scripts' || isStage(file) ? undefined : 'imports a computed name, which no check can follow'
  if (/^([/#]|file:)/.test(specifier)) return `imports ${specifier}: use a relative path or a package name`
  const target = resolve(file, specifier)
  if (target === undefined) {
    const outside = zone === 'contract' && !isStage(file) && !CONTRACT_STANDS_ON.test(specifier)
    return outside ? `imports ${specifier}: contract stands on zod and node:crypto alone` : undefined
  }
  const other = zoneOf(target)
  if (other === undefined) return `imports ${specifier}, which stands in no row of the table`
  const outsideServer = ZONES[zone] === ANY
  if (isStage(target) && !isStage(file) && !outsideServer) return `imports ${specifier}, which is for tests alone`
  if (other === zone) return undefined
  const stage = isStage(file) && isServer(file)
  if (!stage && !allowed(zone).includes(other) && !outsideServer)
    return `${zone} may not import ${other} (${specifier})`
  // Tests set the stage with parts of rooms; everything else meets a room at its door.
  const meetsRoom = other in ROOMS && zone in ROOMS && !stage
  if (meetsRoom && target !== `server/src/${other}/index.ts`)
    return `imports ${specifier}: rooms meet at the door, ../${other}/index.ts`
  return undefined
}

function allowed(zone: string): readonly string[] {
  const room = ROOMS[zone]
  if (room !== undefined) return [...GROUND, ...(room === ANY ? Object.keys(ROOMS) : room)]
  const list = ZONES[zone]
  return list === undefined || list === ANY ? [] : list
}

/** The file meant, relative to the root; undefined for packages from elsewhere. */
function resolve(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(file), specifier))
  const name = specifier.split('/').slice(0, 2).join('/')
  const folder = PACKAGES[name]
  if (folder === undefined) return undefined
  return specifier === name ? `${folder}/index.ts` : posix.normalize(`${folder}/${specifier.slice(name.length + 1)}`)
}

function zoneOf(path: string): string | undefined {
  const [top = '', source, inner = ''] = path.split('/')
  if (top !== 'server') return top in ZONES && !(top in SERVER_ZONES) ? top : undefined
  if (source !== 'src') return 'testing'
  const name = inner.replace(/(\.test)?\.ts$/, '')
  return name in ROOMS || name in SERVER_ZONES ? name : undefined
}

const SERVER_ZONES = {
  ...{ kernel: 1, platform: 1, pipeline: 1, config: 1, ground: 1, operational: 1, compose: 1, openapi: 1, main: 1 },
  ...{ archives: 1, maintenance: 1, rooms: 1, rates: 1, server: 1 },
  testing: 1,
}

const isServer = (path: string): boolean => path.startsWith('server/')

/** Tests and what is there for them alone: they may set the stage through any door. */
const isStage = (path: string): boolean => /\.test\.tsx?$|(^|[/.])testing(\/|\.ts$)|^server\/(?!src\/)/.test(path)

function cycles(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const found = new Map<string, string>()
  const walk = (room: string, road: readonly string[]) => {
    const start = road.indexOf(room)
    if (start >= 0) {
      const ring = road.slice(start)
      const key = [...ring].sort().join()
      if (!found.has(key)) found.set(key, [...ring, room].join(' → '))
      return
    }
    for (const next of edges.get(room) ?? []) walk(next, [...road, room])
  }
  for (const room of edges.keys()) walk(room, [])
  return [...found.values()].map((ring) => `rooms import each other in a ring: ${ring}`)
}

if (import.meta.main) tell('boundaries', boundaries(process.argv[2] ?? ROOT))

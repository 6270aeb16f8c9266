// CEL's functions and which types they take (cel-spec, langdef.md, standard definitions), with OpenFGA's two for
// addresses. `A` and `B` stand for any type, the same wherever they stand in one line.
import type { CelTypeName } from './parameter-types.ts'

export type Atom = Exclude<CelTypeName['kind'], 'list' | 'map'> | 'bytes' | 'null' | 'type'

export type CelType = { kind: Atom } | { kind: 'list'; of: CelType } | { kind: 'map'; key: CelType; of: CelType }

const arithmetic = ['int int > int', 'uint uint > uint', 'double double > double']
const ordered = ['int', 'uint', 'double', 'string', 'bytes', 'bool', 'timestamp', 'duration'].map(
  (type) => `${type} ${type} > bool`,
)
const calendar = ['timestamp > int', 'timestamp string > int']
const sized = ['string', 'bytes', 'list<A>', 'map<A,B>'].map((type) => `${type} > int`)

/** Types that CEL's type checker lets be null: of all that are here, the messages and the abstract type of addresses. */
const NULLABLE: ReadonlySet<string> = new Set(['null', 'duration', 'timestamp', 'ipaddress'])

const OVERLOADS: Readonly<Record<string, readonly string[]>> = {
  '_&&_': ['bool bool > bool'],
  '_||_': ['bool bool > bool'],
  '!_': ['bool > bool'],
  '@not_strictly_false': ['bool > bool'],
  '_?_:_': ['bool A A > A'],
  '_==_': ['A A > bool'],
  '_!=_': ['A A > bool'],
  '_<_': ordered,
  '_<=_': ordered,
  '_>_': ordered,
  '_>=_': ordered,
  '_+_': [
    ...arithmetic,
    ...['string string > string', 'bytes bytes > bytes', 'list<A> list<A> > list<A>'],
    ...['timestamp duration > timestamp', 'duration timestamp > timestamp', 'duration duration > duration'],
  ],
  '_-_': [
    ...arithmetic,
    ...['timestamp timestamp > duration', 'timestamp duration > timestamp', 'duration duration > duration'],
  ],
  '_*_': arithmetic,
  '_/_': arithmetic,
  '_%_': ['int int > int', 'uint uint > uint'],
  '-_': ['int > int', 'double > double'],
  '@in': ['A list<A> > bool', 'A map<A,B> > bool'],
  '_[_]': ['list<A> int > A', 'map<A,B> A > B'],
  size: sized,
  '.size': sized,
  '.contains': ['string string > bool'],
  '.startsWith': ['string string > bool'],
  '.endsWith': ['string string > bool'],
  '.matches': ['string string > bool'],
  matches: ['string string > bool'],
  '.getFullYear': calendar,
  '.getMonth': calendar,
  '.getDayOfYear': calendar,
  '.getDayOfMonth': calendar,
  '.getDate': calendar,
  '.getDayOfWeek': calendar,
  '.getHours': [...calendar, 'duration > int'],
  '.getMinutes': [...calendar, 'duration > int'],
  '.getSeconds': [...calendar, 'duration > int'],
  '.getMilliseconds': [...calendar, 'duration > int'],
  int: ['int', 'uint', 'double', 'string', 'timestamp'].map((type) => `${type} > int`),
  uint: ['uint', 'int', 'double', 'string'].map((type) => `${type} > uint`),
  double: ['double', 'int', 'uint', 'string'].map((type) => `${type} > double`),
  string: ['string', 'bool', 'int', 'uint', 'double', 'bytes', 'timestamp', 'duration', 'ipaddress'].map(
    (type) => `${type} > string`,
  ),
  bytes: ['bytes > bytes', 'string > bytes'],
  bool: ['bool > bool', 'string > bool'],
  timestamp: ['string > timestamp', 'int > timestamp', 'timestamp > timestamp'],
  duration: ['string > duration', 'int > duration', 'duration > duration'],
  dyn: ['A > any'],
  type: ['A > type'],
  ipaddress: ['string > ipaddress'],
  '.in_cidr': ['ipaddress string > bool'],
}

/** What the function gives for these types; null where they do not fit, undefined where there is no such function. */
export function overloadResult(name: string, given: readonly CelType[]): CelType | null | undefined {
  if (!Object.hasOwn(OVERLOADS, name)) return undefined
  const results = (OVERLOADS[name] ?? []).flatMap((line) => {
    const [takes = '', gives = ''] = line.split(' > ')
    const patterns = takes.split(' ')
    const bound = new Map<string, CelType>()
    const fits = patterns.length === given.length && patterns.every((text, at) => fit(text, given[at], bound))
    return fits ? [resolve(gives, bound)] : []
  })
  // Where several fit, because something is only known when it runs, so is the result.
  const [first, ...others] = results
  if (!first) return null
  return others.every((other) => nameOfType(other) === nameOfType(first)) ? first : { kind: 'any' }
}

function fit(pattern: string, type: CelType | undefined, bound: Map<string, CelType>): boolean {
  if (!type) return false
  if (pattern === 'A' || pattern === 'B') {
    const before = bound.get(pattern)
    if (before && !compatible(before, type)) return false
    if (!before || before.kind === 'any' || before.kind === 'null') bound.set(pattern, type)
    return true
  }
  if (type.kind === 'any' || (type.kind === 'null' && NULLABLE.has(pattern))) return true
  if (pattern === 'list<A>') return type.kind === 'list' && fit('A', type.of, bound)
  if (pattern === 'map<A,B>') return type.kind === 'map' && fit('A', type.key, bound) && fit('B', type.of, bound)
  return type.kind === pattern
}

const compatible = (a: CelType, b: CelType): boolean => {
  if (a.kind === 'any' || b.kind === 'any') return true
  if (a.kind === 'null') return NULLABLE.has(b.kind)
  if (b.kind === 'null') return NULLABLE.has(a.kind)
  if (a.kind === 'list' && b.kind === 'list') return compatible(a.of, b.of)
  if (a.kind === 'map' && b.kind === 'map') return compatible(a.key, b.key) && compatible(a.of, b.of)
  return a.kind === b.kind
}

function resolve(pattern: string, bound: ReadonlyMap<string, CelType>): CelType {
  if (pattern === 'A' || pattern === 'B') return bound.get(pattern) ?? { kind: 'any' }
  if (pattern === 'list<A>') return { kind: 'list', of: bound.get('A') ?? { kind: 'any' } }
  return { kind: pattern as Atom }
}

/** The type all have; `any` where they differ, or where there is none. */
export function commonType(types: readonly CelType[]): CelType {
  const [first, ...others] = types
  return first && others.every((type) => nameOfType(type) === nameOfType(first)) ? first : { kind: 'any' }
}

export function nameOfType(type: CelType): string {
  if (type.kind === 'list') return `list(${nameOfType(type.of)})`
  if (type.kind === 'map') return `map(${nameOfType(type.key)}, ${nameOfType(type.of)})`
  return type.kind
}

// Types of condition parameters: how each reads a JSON value, and what it is in CEL.
import { type CelInput, celUint } from '@bufbuild/cel'
import type { TypeReference } from './condition-definition.ts'
import { readAddress } from './ip-address.ts'
import { readDuration, readTimestamp } from './times.ts'

export type CelTypeName =
  | { kind: 'any' | 'bool' | 'string' | 'int' | 'uint' | 'double' | 'duration' | 'timestamp' | 'ipaddress' }
  | { kind: 'list' | 'map'; of: CelTypeName }

export interface ParameterType {
  type: CelTypeName
  /** The value as CEL has it; throws a sentence where it is not of this type. */
  read(value: unknown): CelInput
}

const MAX_INT = 2n ** 63n - 1n
const MAX_UINT = 2n ** 64n - 1n

/** The type a reference names; undefined where there is no such type. */
export function parameterType({ type_name, generic_types = [] }: TypeReference, depth = 0): ParameterType | undefined {
  if (depth > 5) return undefined
  const kind = type_name.replace(/^TYPE_NAME_/, '').toLowerCase()
  if (kind === 'list' || kind === 'map') {
    const of = generic_types.length === 1 && generic_types[0] ? parameterType(generic_types[0], depth + 1) : undefined
    return of && (kind === 'list' ? listOf(of) : mapOf(of))
  }
  const read = READERS[kind as keyof typeof READERS]
  if (!Object.hasOwn(READERS, kind) || generic_types.length > 0) return undefined
  return { type: { kind: kind as keyof typeof READERS }, read }
}

const expected = (what: string, value: unknown) =>
  new Error(`expected ${what}, but found ${value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value}`)

const READERS = {
  any: dynamic,
  bool(value: unknown) {
    if (typeof value !== 'boolean') throw expected('a bool', value)
    return value
  },
  string(value: unknown) {
    if (typeof value !== 'string') throw expected('a string', value)
    return value
  },
  int: (value: unknown) => whole('an int', value, { least: -MAX_INT - 1n, most: MAX_INT }),
  uint: (value: unknown) => celUint(whole('a uint', value, { least: 0n, most: MAX_UINT })),
  double: (value: unknown) => numeric('a double', value),
  duration(value: unknown) {
    if (typeof value !== 'string') throw expected('a duration string', value)
    return readDuration(value)
  },
  timestamp(value: unknown) {
    if (typeof value !== 'string') throw expected('an RFC 3339 formatted timestamp string', value)
    return readTimestamp(value)
  },
  ipaddress(value: unknown) {
    if (typeof value !== 'string') throw expected('an ipaddress string', value)
    return readAddress(value)
  },
} as const satisfies Record<string, (value: unknown) => CelInput>

function listOf(of: ParameterType): ParameterType {
  return {
    type: { kind: 'list', of: of.type },
    read(value) {
      if (!Array.isArray(value)) throw expected('a list', value)
      return value.map((item) => of.read(item))
    },
  }
}

function mapOf(of: ParameterType): ParameterType {
  return {
    type: { kind: 'map', of: of.type },
    read(value) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw expected('a map', value)
      return new Map(Object.entries(value).map(([name, item]) => [name, of.read(item)] as const))
    },
  }
}

function dynamic(value: unknown): CelInput {
  if (Array.isArray(value)) return value.map(dynamic)
  if (typeof value === 'object' && value !== null)
    return new Map(Object.entries(value).map(([name, item]) => [name, dynamic(item)] as const))
  return value as CelInput
}

function numeric(what: string, value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') throw expected(what, value)
  const number = value.trim() === value && value !== '' ? Number(value) : Number.NaN
  if (Number.isNaN(number)) throw new Error(`expected ${what} value, but found invalid string value '${value}'`)
  return number
}

// Numbers of JSON and numerals of any length, as upstream; what is out of range becomes the nearest value.
function whole(what: string, value: unknown, { least, most }: { least: bigint; most: bigint }): bigint {
  if (typeof value === 'string' && /^[+-]?\d{1,40}$/.test(value)) return clamp(BigInt(value), { least, most, what })
  const number = numeric(what, value)
  if (!Number.isInteger(number)) throw new Error(`expected ${what} value, but found numeric value '${number}'`)
  return clamp(BigInt(number), { least, most, what })
}

function clamp(value: bigint, { least, most, what }: { least: bigint; most: bigint; what: string }): bigint {
  if (value < 0n && least === 0n) throw new Error(`expected ${what} value, but found a negative number`)
  return value < least ? least : value > most ? most : value
}

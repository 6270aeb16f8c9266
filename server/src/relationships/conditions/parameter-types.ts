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
  if (typeof value === 'number') return numeric('a number', value)
  return value as CelInput
}

const DECIMAL = /^[+-]?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/
/** Longer than any number that is in range needs to be. */
const LONGEST = 400

const invalid = (what: string, text: string) =>
  new Error(`expected ${what} value, but found invalid string value '${text.slice(0, 100)}'`)

/** The digits before and after the point, and the exponent; throws where the text is no decimal number. */
function decimal(what: string, text: string): { integer: string; fraction: string; exponent: number } {
  const parts = text.length > LONGEST ? null : DECIMAL.exec(text)
  const [, integer = '', fraction = '', exponent = '0'] = parts ?? []
  if (!parts || integer + fraction === '') throw invalid(what, text)
  return { integer, fraction, exponent: Number(exponent) }
}

function numeric(what: string, value: unknown): number {
  if (typeof value !== 'number' && typeof value !== 'string') throw expected(what, value)
  if (typeof value === 'string') decimal(what, value)
  const number = Number(value)
  // A number of JSON that is too large is read as infinite.
  if (!Number.isFinite(number)) throw new Error(`expected ${what} value, but found a number that is out of range`)
  return number
}

/** Numbers of JSON, and decimal numerals in full precision; upstream takes the nearest value for what is out of range. */
function whole(what: string, value: unknown, { least, most }: { least: bigint; most: bigint }): bigint {
  const number = typeof value === 'string' ? wholeText(what, value) : wholeNumber(what, numeric(what, value))
  if (number < 0n && least === 0n) throw new Error(`expected ${what} value, but found a negative number`)
  if (number < least || number > most)
    throw new Error(`expected ${what} value, but found a number that is out of range`)
  return number
}

function wholeNumber(what: string, number: number): bigint {
  if (!Number.isInteger(number)) throw new Error(`expected ${what} value, but found numeric value '${number}'`)
  return BigInt(number)
}

function wholeText(what: string, text: string): bigint {
  const { integer, fraction, exponent } = decimal(what, text)
  const digits = integer + fraction
  const places = exponent - fraction.length
  if (/^0*$/.test(digits)) return 0n
  // Beyond this it is out of every range.
  if (places > LONGEST) throw new Error(`expected ${what} value, but found a number that is out of range`)
  const kept = places < 0 ? digits.slice(0, places) : digits + '0'.repeat(places)
  const cut = places < 0 ? digits.slice(places) : ''
  if (/[1-9]/.test(cut)) throw new Error(`expected ${what} value, but found numeric value '${text.slice(0, 100)}'`)
  return BigInt(`${text.startsWith('-') ? '-' : ''}${kept}`.replace(/^-?$/, '0'))
}

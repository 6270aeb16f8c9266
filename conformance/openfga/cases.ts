// OpenFGA's published cases and sample stores as data, read from the folder of suites.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformer } from '@openfga/syntax-transformer'
import { parse } from 'yaml'

export interface TupleData {
  user: string
  relation: string
  object: string
  condition?: { name: string; context?: Record<string, unknown> }
}
interface Assumed {
  contextualTuples?: TupleData[]
  context?: Record<string, unknown>
  errorCode?: number
}
export interface CheckCase extends Assumed {
  tuple: TupleData
  expectation?: boolean
}
export interface ObjectsCase extends Assumed {
  request: { user: string; type: string; relation: string }
  expectation?: string[] | null
}
export interface UsersCase extends Assumed {
  request: { object: string; relation: string; filters: string[] }
  expectation?: string[] | null
}
export interface Stage {
  model: string
  tuples?: TupleData[]
  checkAssertions?: CheckCase[]
  listObjectsAssertions?: ObjectsCase[]
  listUsersAssertions?: UsersCase[]
}
export interface Case {
  name: string
  stages: Stage[]
}
export interface SampleStore {
  model: string
  tuples?: TupleData[]
  tests: SampleTest[]
}
interface SampleTest {
  name: string
  tuples?: TupleData[]
  check?: {
    user?: string
    users?: string[]
    object?: string
    objects?: string[]
    context?: Record<string, unknown>
    assertions: Record<string, boolean>
  }[]
  list_objects?: {
    user: string
    type: string
    context?: Record<string, unknown>
    assertions: Record<string, string[] | null>
  }[]
  list_users?: {
    object: string
    user_filter: { type: string; relation?: string }[]
    context?: Record<string, unknown>
    assertions: Record<string, { users: string[] | null }>
  }[]
}

/** The numbers of the origin's codes as its HTTP API names them. */
export const CODES: Readonly<Record<number, string>> = {
  2000: 'validation_error',
  2001: 'authorization_model_not_found',
  2002: 'authorization_model_resolution_too_complex',
  2021: 'type_not_found',
  2022: 'relation_not_found',
  2027: 'invalid_tuple',
  2056: 'invalid_authorization_model',
}

/** Every case of every file `*.yaml` of the suite, by file. */
export function casesOf(folder: string): [file: string, Case[]][] {
  return yamlIn(folder).map((file) => [file, (read(join(folder, file)) as { tests: Case[] }).tests])
}

export function sampleStores(folder: string): [file: string, SampleStore][] {
  return yamlIn(folder).map((file) => [file, read(join(folder, file)) as SampleStore])
}

export const modelOf = (dsl: string): object => transformer.transformDSLToJSONObject(dsl)

const yamlIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()

const read = (path: string): unknown => parse(readFileSync(path, 'utf8'))

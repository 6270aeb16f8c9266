// `.fga.yaml`: a model, its tuples and what they must answer, as OpenFGA's own command line reads it.
import { readFileSync } from 'node:fs'
import { dirname, extname, resolve } from 'node:path'
import { errors, transformer } from '@openfga/syntax-transformer'
import { parse } from 'yaml'

export interface TupleData {
  user: string
  relation: string
  object: string
  condition?: { name: string; context?: Record<string, unknown> }
}
type Context = Record<string, unknown>
export interface StoreTest {
  name: string
  tuples: TupleData[]
  check: { user: string; object: string; relation: string; context?: Context; expected: boolean }[]
  list_objects: { user: string; type: string; relation: string; context?: Context; expected: string[] }[]
  list_users: {
    object: string
    filter: { type: string; relation?: string }
    relation: string
    context?: Context
    expected: string[]
  }[]
}
export interface StoreFile {
  name: string
  model: object
  tuples: TupleData[]
  tests: StoreTest[]
}

type Raw = Record<string, unknown>

export function readStoreFile(path: string): StoreFile {
  const folder = dirname(resolve(path))
  const raw = objectOf(parse(textOf(path)), path)
  return {
    name: typeof raw.name === 'string' ? raw.name : 'store',
    model: modelOf(raw, folder),
    tuples: tuplesOf(raw, folder),
    tests: listOf(raw.tests, 'tests').map((test, at) => testOf(objectOf(test, 'a test'), { at, folder })),
  }
}

function modelOf({ model, model_file }: Raw, folder: string): object {
  if (typeof model === 'string') return fromDsl(model, 'model')
  if (typeof model_file !== 'string') throw new Error('the store has neither model nor model_file')
  const path = resolve(folder, model_file)
  if (extname(path) === '.json') return objectOf(JSON.parse(textOf(path)), path)
  if (extname(path) !== '.mod') return fromDsl(textOf(path), model_file)
  const { contents, schema } = transformer.transformModFileToJSON(textOf(path))
  const files = contents.value.map(({ value }) => ({ name: value, contents: textOf(resolve(dirname(path), value)) }))
  return readable(model_file, () => transformer.transformModuleFilesToModel(files, schema.value))
}

const fromDsl = (dsl: string, where: string): object => readable(where, () => transformer.transformDSLToJSONObject(dsl))

/** Syntax errors with the line and column a person counts, from one. */
function readable<T>(where: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const found = error instanceof errors.BaseMultiError ? error.errors : []
    if (found.length === 0) throw error
    const lines = found.map(({ file = where, line, column, msg }) => {
      const at = line && column ? `${file}:${line.start + 1}:${column.start + 1}` : file
      return `${at}: ${msg}`
    })
    throw new Error(`the model cannot be read\n  ${lines.join('\n  ')}`)
  }
}

function tuplesOf({ tuples, tuple_file, tuple_files }: Raw, folder: string): TupleData[] {
  const files = [...(typeof tuple_file === 'string' ? [tuple_file] : []), ...listOf(tuple_files, 'tuple_files')]
  return [
    ...listOf(tuples, 'tuples'),
    ...files.flatMap((file) => listOf(parse(textOf(resolve(folder, String(file)))), String(file))),
  ].map((tuple) => {
    const { user, relation, object, condition } = objectOf(tuple, 'a tuple') as unknown as TupleData
    if (![user, relation, object].every((part) => typeof part === 'string'))
      throw new Error(`a tuple needs user, relation and object: ${JSON.stringify(tuple)}`)
    return { user, relation, object, ...(condition && { condition }) }
  })
}

function testOf(raw: Raw, { at, folder }: { at: number; folder: string }): StoreTest {
  const each = (value: unknown, what: string) => listOf(value, what).map((one) => objectOf(one, what))
  return {
    name: typeof raw.name === 'string' ? raw.name : `test-${at + 1}`,
    tuples: tuplesOf(raw, folder),
    check: each(raw.check, 'check').flatMap(({ user, users, object, objects, context, assertions }) =>
      several(user, users).flatMap((user) =>
        several(object, objects).flatMap((object) =>
          Object.entries(objectOf(assertions, 'assertions')).map(([relation, expected]) => ({
            ...{ user, object, relation, context: context as Context | undefined },
            expected: expected === true,
          })),
        ),
      ),
    ),
    list_objects: each(raw.list_objects, 'list_objects').flatMap(({ user, type, context, assertions }) =>
      Object.entries(objectOf(assertions, 'assertions')).map(([relation, expected]) => ({
        ...{ user: String(user), type: String(type), relation, context: context as Context | undefined },
        expected: listOf(expected, relation).map(String),
      })),
    ),
    list_users: each(raw.list_users, 'list_users').flatMap(({ object, user_filter, context, assertions }) =>
      Object.entries(objectOf(assertions, 'assertions')).map(([relation, expected]) => ({
        ...{ object: String(object), relation, context: context as Context | undefined },
        filter: objectOf(listOf(user_filter, 'user_filter')[0], 'user_filter') as { type: string; relation?: string },
        expected: listOf(objectOf(expected ?? {}, relation).users, relation).map(String),
      })),
    ),
  }
}

const several = (one: unknown, many: unknown): string[] =>
  one === undefined ? listOf(many, 'users or objects').map(String) : [String(one)]

function listOf(value: unknown, what: string): unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new Error(`${what} is not a list`)
  return value
}

function objectOf(value: unknown, what: string): Raw {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is not an object`)
  return value as Raw
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new Error(`${path} cannot be read`)
  }
}

// `mandate fga import`: a store file's model, tuples and expectations, written to a server.
import { parseArgs } from 'node:util'
import { Usage } from '../usage.ts'
import { type FgaApi, fgaApi } from './api.ts'
import { readStoreFile, type StoreFile } from './store-file.ts'

const TUPLES_AT_ONCE = 100
const MOST_ASSERTIONS = 100

export async function importStore(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { 'api-url': { type: 'string' }, 'store-id': { type: 'string' } },
  })
  const [path, ...rest] = positionals
  if (path === undefined || rest.length > 0) throw new Usage('one store file is needed')
  const file = readStoreFile(path)
  const { call } = await fgaApi(values['api-url'])
  const given = values['store-id']
  const store = given ?? String((await call('POST', '/stores', { name: file.name })).id)
  try {
    const model = await bring(call, store, file)
    process.stdout.write(
      `store ${store}\nmodel ${model}\n${file.tuples.length} tuples, ${assertionsOf(file).length} assertions\n`,
    )
  } catch (error) {
    // A store that was made for this file is nothing without it.
    if (given === undefined) await call('DELETE', `/stores/${store}`)
    throw error
  }
  return 0
}

/** Writes the file to the store; the model's id. */
async function bring(call: FgaApi['call'], store: string, file: StoreFile): Promise<unknown> {
  const { authorization_model_id: model } = await call('POST', `/stores/${store}/authorization-models`, file.model)
  for (let from = 0; from < file.tuples.length; from += TUPLES_AT_ONCE)
    await call('POST', `/stores/${store}/write`, {
      authorization_model_id: model,
      writes: { tuple_keys: file.tuples.slice(from, from + TUPLES_AT_ONCE), on_duplicate: 'ignore' },
    })
  const assertions = assertionsOf(file)
  if (assertions.length > 0) await call('PUT', `/stores/${store}/assertions/${model}`, { assertions })
  return model
}

/** Expectations that hold for the store's own tuples; what a test adds of its own the server does not keep. */
const assertionsOf = ({ tests }: StoreFile) =>
  tests
    .filter(({ tuples }) => tuples.length === 0)
    .flatMap(({ check }) => check)
    .slice(0, MOST_ASSERTIONS)
    .map(({ user, object, relation, context, expected }) => ({
      tuple_key: { user, relation, object },
      expectation: expected,
      ...(context && { context }),
    }))

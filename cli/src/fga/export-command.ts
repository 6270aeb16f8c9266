// `mandate fga export`: a store of a server as a file that `fga test` and `fga import` read.
import { parseArgs } from 'node:util'
import { transformer } from '@openfga/syntax-transformer'
import { stringify } from 'yaml'
import { Usage } from '../usage.ts'
import { type FgaApi, fgaApi } from './api.ts'
import type { TupleData } from './store-file.ts'

interface Assertion {
  tuple_key: { user: string; relation: string; object: string }
  expectation: boolean
  context?: Record<string, unknown>
}

export async function exportStore(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { 'api-url': { type: 'string' }, 'store-id': { type: 'string' } } })
  const id = values['store-id']
  if (id === undefined) throw new Usage('--store-id is needed')
  const { call } = await fgaApi(values['api-url'])
  const { name } = await call('GET', `/stores/${id}`)
  const { authorization_models } = await call('GET', `/stores/${id}/authorization-models?page_size=1`)
  const [model] = authorization_models as { id: string }[]
  if (!model) throw new Error('the store has no model')
  const { assertions } = await call('GET', `/stores/${id}/assertions/${model.id}`)
  const check = (assertions as Assertion[]).map(({ tuple_key: { user, relation, object }, expectation, context }) => ({
    ...{ user, object, ...(context && { context }), assertions: { [relation]: expectation } },
  }))
  const file = {
    ...{ name, model: transformer.transformJSONToDSL(model as never), tuples: await tuplesOf(call, id) },
    ...(check.length > 0 && { tests: [{ name: 'assertions', check }] }),
  }
  process.stdout.write(stringify(file, { blockQuote: 'literal', lineWidth: 0 }))
  return 0
}

async function tuplesOf(call: FgaApi['call'], id: string): Promise<TupleData[]> {
  const tuples: TupleData[] = []
  for (let continuation_token = ''; ; ) {
    const page = await call('POST', `/stores/${id}/read`, { page_size: 100, continuation_token })
    tuples.push(...(page.tuples as { key: TupleData }[]).map(({ key }) => key))
    continuation_token = String(page.continuation_token)
    if (continuation_token === '') return tuples
  }
}

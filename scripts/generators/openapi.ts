// contract/openapi.json: the management API, from the server's own routes.
import { load } from './load.ts'

const SOURCE = 'server/src/openapi.ts'

export async function openapiFile(root: string): Promise<ReadonlyMap<string, string>> {
  const { openapiDocument } = (await load(root, SOURCE)) as { openapiDocument?: () => object | Promise<object> }
  if (openapiDocument === undefined) throw new Error(`${SOURCE} exports no openapiDocument`)
  return new Map([['contract/openapi.json', `${JSON.stringify(await openapiDocument(), null, 2)}\n`]])
}

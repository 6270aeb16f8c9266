// The API as a stranger sees it: HTTP and JSON, a fresh store for each case.
import assert from 'node:assert/strict'
import type { TupleData } from './cases.ts'

export interface Reply {
  status: number
  body: Record<string, unknown>
}

export interface Assuming {
  contextual?: readonly TupleData[]
  context?: Record<string, unknown>
}

export type StoreClient = Awaited<ReturnType<typeof freshStore>>

/** Most tuples in one write, as the suite wants it. */
const WRITES = 40

export async function freshStore(base: string) {
  const post = async (path: string, body: object): Promise<Reply> => {
    const reply = await fetch(`${base}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: reply.status, body: (await reply.json()) as Reply['body'] }
  }
  const made = await post('/stores', { name: 'conformance' })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const at = `/stores/${made.body.id}`
  let model = ''
  const asking = ({ contextual, context }: Assuming) => ({
    authorization_model_id: model,
    ...(context && { context }),
    ...(contextual && contextual.length > 0 && { contextual_tuples: { tuple_keys: contextual } }),
  })
  return {
    async useModel(body: object): Promise<void> {
      const reply = await post(`${at}/authorization-models`, body)
      assert.equal(reply.status, 201, JSON.stringify(reply.body))
      model = reply.body.authorization_model_id as string
    },
    async write(tuples: readonly TupleData[]): Promise<void> {
      for (let from = 0; from < tuples.length; from += WRITES) {
        const writes = { tuple_keys: tuples.slice(from, from + WRITES) }
        const reply = await post(`${at}/write`, { authorization_model_id: model, writes })
        assert.equal(reply.status, 200, JSON.stringify(reply.body))
      }
    },
    check: ({ user, relation, object }: TupleData, assuming: Assuming) =>
      post(`${at}/check`, { ...asking(assuming), tuple_key: { user, relation, object } }),
    listObjects: (request: object, assuming: Assuming) =>
      post(`${at}/list-objects`, { ...asking(assuming), ...request }),
    listUsers: (request: object, { contextual, ...assuming }: Assuming) =>
      post(`${at}/list-users`, { ...asking(assuming), ...request, contextual_tuples: contextual ?? [] }),
  }
}

/** `type:id`, `type:id#relation` and `type:*` of a reply of list-users. */
export function usersIn(body: Reply['body']): string[] {
  type Listed = {
    object?: { type: string; id: string }
    userset?: { type: string; id: string; relation: string }
    wildcard?: { type: string }
  }
  return (body.users as Listed[]).map(({ object, userset, wildcard }) => {
    if (object) return `${object.type}:${object.id}`
    return userset ? `${userset.type}:${userset.id}#${userset.relation}` : `${wildcard?.type}:*`
  })
}

// Method, path, operation: OpenFGA's own.
import type { WholeTable } from '../pipeline/index.ts'
import { readAssertions, writeAssertions } from './operations/assertions.ts'
import { batchCheck } from './operations/batch-check.ts'
import { check } from './operations/check.ts'
import { expand } from './operations/expand.ts'
import { explain } from './operations/explain.ts'
import { listObjects, streamObjects } from './operations/list-objects.ts'
import { listUsers } from './operations/list-users.ts'
import { listModels, readModel, writeModel } from './operations/models.ts'
import { read } from './operations/read.ts'
import { readChanges } from './operations/read-changes.ts'
import { createStore, deleteStore, getStore, listStores } from './operations/stores.ts'
import { write } from './operations/write.ts'
import { speech } from './protocol/replies.ts'
import { caughtUp, type Memory, type Waiting } from './questions/consistency.ts'
import { turns } from './questions/turns.ts'

export function relationshipRoutes({
  relationships,
  stillValid,
  ...waiting
}: Waiting & Pick<Memory, 'relationships' | 'stillValid'>): WholeTable {
  const memory = { relationships, stillValid, caughtUp: caughtUp(waiting) }
  const inTurns = { memory, turn: turns() }
  const inStore = '/stores/{store_id}'
  return {
    tag: 'relationships',
    base: '/fga',
    audience: '/fga',
    speech,
    // The path names the store whatever the body says, and a header cannot be forged by a body field.
    read: ({ method, params, query, body, headers }) => ({
      ...(method === 'GET' ? query : body),
      ...params,
      at_least: headers['x-mandate-at-least'],
    }),
    routes: [
      { method: 'POST', path: '/stores', operation: createStore, status: 201 },
      { method: 'GET', path: '/stores', operation: listStores(memory) },
      { method: 'GET', path: inStore, operation: getStore(memory) },
      { method: 'DELETE', path: inStore, operation: deleteStore, status: 204 },
      { method: 'POST', path: `${inStore}/authorization-models`, operation: writeModel, status: 201 },
      { method: 'GET', path: `${inStore}/authorization-models`, operation: listModels(memory) },
      { method: 'GET', path: `${inStore}/authorization-models/{id}`, operation: readModel(memory) },
      { method: 'POST', path: `${inStore}/write`, operation: write },
      { method: 'POST', path: `${inStore}/read`, operation: read(memory) },
      { method: 'GET', path: `${inStore}/changes`, operation: readChanges(memory) },
      { method: 'POST', path: `${inStore}/check`, operation: check(memory) },
      { method: 'POST', path: `${inStore}/batch-check`, operation: batchCheck(memory) },
      { method: 'POST', path: `${inStore}/list-objects`, operation: listObjects(inTurns) },
      { method: 'POST', path: `${inStore}/streamed-list-objects`, operation: streamObjects(inTurns) },
      { method: 'POST', path: `${inStore}/list-users`, operation: listUsers(memory) },
      { method: 'POST', path: `${inStore}/expand`, operation: expand(memory) },
      { method: 'POST', path: `${inStore}/explain`, operation: explain(memory) },
      { method: 'GET', path: `${inStore}/assertions/{model_id}`, operation: readAssertions(memory) },
      { method: 'PUT', path: `${inStore}/assertions/{model_id}`, operation: writeAssertions, status: 204 },
    ],
  }
}

// A model as it was sent, made into the one that is kept; refused with the reason where it is not valid.
import type { z } from 'zod'
import type { ModelBody } from '../model.ts'
import { NewModel } from '../protocol/bodies.ts'
import { exceeded, Refusal } from '../protocol/problems.ts'
import { validTypes } from './model-rules.ts'
import { readRewrite } from './rewrites.ts'

const TYPES_LIMIT = 100
const BYTES_LIMIT = 256 * 1024
const NO_STORE = { store_id: '00000000000000000000000000' }

/** A model from elsewhere than a request. */
export function validModel(given: object): ModelBody {
  const read = NewModel.safeParse({ ...given, ...NO_STORE })
  if (read.success) return modelOf(read.data)
  const [issue] = read.error.issues
  throw new Refusal('validation_error', `${issue?.path.join('.')}: ${issue?.message}`)
}

export function modelOf({
  schema_version,
  type_definitions,
  conditions,
}: Omit<z.output<typeof NewModel>, 'store_id'>): ModelBody {
  if (schema_version === '1.0') throw new Refusal('invalid_authorization_model', 'invalid schema version')
  if (type_definitions.length > TYPES_LIMIT) throw exceeded('type definitions in an authorization model', TYPES_LIMIT)
  const body: ModelBody = {
    schema_version,
    type_definitions: type_definitions.map(({ type, relations, metadata }) => ({
      type,
      relations: Object.fromEntries(
        Object.entries(relations).map(([name, rewrite]) => [
          name,
          readRewrite(rewrite, `'${name}' in object type '${type}'`),
        ]),
      ),
      ...(metadata && { metadata: { ...metadata, relations: present(metadata.relations) } }),
    })),
    ...(Object.keys(conditions).length > 0 && { conditions }),
  }
  if (Buffer.byteLength(JSON.stringify(body)) > BYTES_LIMIT)
    throw exceeded('bytes in an authorization model', BYTES_LIMIT)
  validTypes(body)
  return body
}

const present = <T>(record: Record<string, T | undefined>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

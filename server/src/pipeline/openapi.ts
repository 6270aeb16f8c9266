// OpenAPI 3.1 from route tables: what is mounted is what is documented.
import { z } from 'zod'
import type { Route } from './route.ts'
import type { RouteTable } from './routes.ts'

export interface DocumentedApi {
  title: string
  version: string
  tables: readonly RouteTable[]
}

type Json = Record<string, unknown>

export function openapi({ title, version, tables }: DocumentedApi): Json {
  const paths: Record<string, Json> = {}
  for (const table of tables)
    for (const route of table.routes) {
      const path = `${table.base}${route.path}`
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationObject(table, route) }
    }
  return {
    openapi: '3.1.0',
    info: { title, version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    // By path, so that the order in which rooms open changes nothing.
    paths: Object.fromEntries(Object.entries(paths).sort(([one], [other]) => (one < other ? -1 : 1))),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Problem: PROBLEM },
    },
  }
}

function operationObject(table: RouteTable, { operation, method, path, status }: Route): Json {
  const input = schemaOf(operation.input, 'input')
  const output = schemaOf(operation.output, 'output')
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')
  const properties = (input.properties ?? {}) as Record<string, Json>
  const required = new Set((input.required as string[] | undefined) ?? [])
  const rest = Object.keys(properties).filter((name) => !inPath.includes(name))
  const inQuery = method === 'GET' || method === 'DELETE'
  const body = { ...input, properties: pick(properties, rest), required: rest.filter((name) => required.has(name)) }
  const nothing = Object.keys(output).length === 0
  return {
    operationId: operation.id,
    summary: operation.summary,
    tags: [table.tag],
    parameters: [
      ...inPath.map((name) => ({ name, in: 'path', required: true, schema: properties[name] ?? { type: 'string' } })),
      ...(inQuery ? rest : []).map((name) => ({
        name,
        in: 'query',
        required: required.has(name),
        schema: properties[name],
      })),
    ],
    ...(!inQuery &&
      rest.length > 0 && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      [String(nothing ? 204 : (status ?? 200))]: nothing
        ? { description: 'Done.' }
        : { description: 'Done.', content: { 'application/json': { schema: output } } },
      default: {
        description: 'Refused.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  }
}

// What JSON Schema cannot say (a check by code) is left open there; the server still checks it.
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json
  return json
}

const pick = (all: Record<string, Json>, names: readonly string[]): Record<string, Json> =>
  Object.fromEntries(names.map((name) => [name, all[name] ?? {}]))

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    correlation_id: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'rule'],
        properties: { field: { type: 'string' }, rule: { type: 'string' } },
      },
    },
  },
}

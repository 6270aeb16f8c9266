// One row of a table of routes.
import type { Operation } from './operation.ts'

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH'
  /** OpenAPI form, relative to the table's base: `/agents/{id}`. */
  path: string
  operation: Operation
  /** Status of success; 200 without it, 204 where the output is nothing. */
  status?: number
}

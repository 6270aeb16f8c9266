// Calls the management API and prints what it says.
import { authorized } from './authorized.ts'
import { Usage } from './usage.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export async function callApi(args: string[]): Promise<number> {
  const [given, path, body, ...rest] = args
  const method = given?.toUpperCase() ?? ''
  if (!METHODS.includes(method) || !path?.startsWith('/') || rest.length > 0)
    throw new Usage('a method and a path are needed')
  if (body !== undefined) parsed(body)
  const answer = await authorized(`/api/v1${path.replace(/^\/api\/v1(?=\/)/, '')}`, {
    method,
    ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
  })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.includes('json') ?? false
  if (text !== '') process.stdout.write(isJson ? `${JSON.stringify(JSON.parse(text), null, 2)}\n` : text)
  return answer.ok ? 0 : 1
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new Usage('the body is not JSON')
  }
}

// What a caller without a good token is told: where to get one (RFC 9728 §5.1, RFC 6750 §3).
import { Problem } from '../kernel/problem.ts'
import { below } from '../pipeline/index.ts'

/** `problem` with our challenge; the same for every connection name, whether it exists or not. */
export function challenged(problem: Problem, { issuer, connection }: { issuer: string; connection: string }): Problem {
  const given = problem.details.headers?.['www-authenticate'] ?? ''
  const error = /\berror="([a-z_]+)"/.exec(given)?.[1]
  const metadata = below(issuer, `/.well-known/oauth-protected-resource/mcp/${connection}`)
  const parts = [`resource_metadata="${metadata}"`, 'scope="use"', ...(error ? [`error="${error}"`] : [])]
  return new Problem(problem.code, {
    ...problem.details,
    detail: problem.message,
    headers: { ...problem.details.headers, 'www-authenticate': `Bearer ${parts.join(', ')}` },
  })
}

export const isUnauthenticated = (error: unknown): error is Problem =>
  error instanceof Problem && error.code === 'unauthenticated'

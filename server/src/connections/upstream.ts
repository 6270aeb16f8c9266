// Where a connection leads: an http(s) URL, or a program that the operator configured by name.
import type { ConnectionKind } from '@mandate/contract'
import { invalid } from '../kernel/problem.ts'

const STDIO = 'stdio:'

export const isStdio = (upstream: string | null | undefined): boolean => upstream?.startsWith(STDIO) ?? false

/** Throws `invalid_input` for an upstream this kind cannot have. Whether its host may be reached is asked elsewhere. */
export function checkUpstreamForm(kind: ConnectionKind, upstream: string, stdioNames: ReadonlySet<string>): void {
  const rule = isStdio(upstream) ? stdioRule(kind, upstream.slice(STDIO.length), stdioNames) : urlRule(upstream)
  if (rule !== undefined) throw invalid('upstream', rule)
}

// Commands come from the operator's settings only; the API can name one of them, never give one.
function stdioRule(kind: ConnectionKind, name: string, names: ReadonlySet<string>): string | undefined {
  if (kind !== 'mcp') return 'stdio: is for kind mcp only'
  return names.has(name) ? undefined : 'must name a server of the setting stdio_servers'
}

function urlRule(upstream: string): string | undefined {
  if (
    !/^https?:\/\/[^/]/.test(upstream) ||
    !/^[!-~]+$/.test(upstream) ||
    upstream.includes('\\') ||
    !URL.canParse(upstream)
  )
    return 'must be an https or http URL'
  const url = new URL(upstream)
  if (url.username !== '' || url.password !== '') return 'must have no user or password'
  if (upstream.includes('#')) return 'must have no fragment'
  if (upstream.includes('?')) return 'must have no query'
  if (url.href !== upstream && url.href !== `${upstream}/`) return `must be written as ${url.href}`
  return undefined
}

/** Whom a credential for this upstream is shown to: another one must not get it without it being given again. */
export function originOf(upstream: string | null): string | null {
  if (upstream === null) return null
  return isStdio(upstream) ? upstream : new URL(upstream).origin
}

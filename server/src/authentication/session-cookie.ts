// The session cookie as browsers are told to keep it (RFC 6265bis §4.1).
import { SESSION_COOKIE } from '../pipeline/index.ts'
import { SESSION_SECONDS } from './sessions.ts'

const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Lax'
const gone = (name: string, more = '') => `${name}=; ${ATTRIBUTES}; Max-Age=0${more}`
const SECURE = '; Secure'

const isHttps = (issuer: string): boolean => new URL(issuer).protocol === 'https:'

/** Sets the cookie. Under https the name used without it is cleared: two session cookies would both be refused. */
export const sessionCookies = (issuer: string, token: string): string[] => {
  const kept = `${ATTRIBUTES}; Max-Age=${SESSION_SECONDS}`
  if (!isHttps(issuer)) return [`${SESSION_COOKIE.http}=${token}; ${kept}`]
  return [`${SESSION_COOKIE.https}=${token}; ${kept}${SECURE}`, gone(SESSION_COOKIE.http, SECURE)]
}

export const clearedCookies = (issuer: string): string[] =>
  isHttps(issuer)
    ? [gone(SESSION_COOKIE.https, SECURE), gone(SESSION_COOKIE.http, SECURE)]
    : [gone(SESSION_COOKIE.http)]

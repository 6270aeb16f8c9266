// The operations here are a person's own: an agent or a service has no account anywhere.
import type { Page } from '@mandate/console'
import { z } from 'zod'
import type { Connections } from '../../connections/index.ts'
import type { SessionId, UserId } from '../../kernel/ids.ts'
import { type Principal, userOf } from '../../kernel/principal.ts'
import { Problem } from '../../kernel/problem.ts'
import { isOauth, type OauthConnection } from '../model.ts'

export const PageOutput = z.custom<Page>((value) => typeof value === 'object')
export const ConnectionName = z.string().regex(/^[a-z0-9-]{1,40}$/, 'must be the name of a connection')

export function personOf(principal: Principal): UserId {
  const user = userOf(principal)
  if (user === undefined || principal.act.length > 0)
    throw new Problem('forbidden', { detail: 'Only a person has connected accounts.' })
  return user
}

/** Connecting begins and ends in one browser: the session is part of who may come back. */
export function sessionOf({ session }: Principal): SessionId {
  if (session === undefined) throw new Problem('unauthenticated', { detail: 'Sign in first.' })
  return session
}

export function connectionNamed(connections: Connections, name: string): OauthConnection {
  const connection = connections.byName(name)
  if (!isOauth(connection)) throw new Problem('not_found')
  return connection
}

/** A connection that accounts may be connected to now: on hold, none is. */
export function connectionOpen(connections: Connections, name: string): OauthConnection {
  const connection = connectionNamed(connections, name)
  if (connection.held) throw new Problem('conflict', { detail: 'An administrator put this connection on hold.' })
  return connection
}

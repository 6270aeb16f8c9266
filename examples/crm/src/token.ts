// The token endpoint (RFC 6749 §3.2): codes and refresh tokens in, new pairs out, every request in the journal.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Answer, oauthError, send, UNKEPT } from './answer.ts'
import type { Clients } from './clients.ts'
import type { Fault, Faults } from './faults.ts'
import type { Grants, Redeemed } from './grants.ts'
import type { Journal, TokenRequest } from './journal.ts'
import { formOf } from './parameters.ts'
import { Refusal } from './refusal.ts'
import { scopesIn } from './scopes.ts'

interface TokenDesk {
  clients: Clients
  grants: Grants
  journal: Journal
  faults: Faults
  now: () => number
}

type Form = ReadonlyMap<string, string>

export async function token(desk: TokenDesk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { entry, answer, fault } = await judge(desk, request)
  response.once('finish', () => {
    entry.answer = fault ? 'lost' : 'sent'
  })
  response.once('close', () => {
    if (entry.answer === 'waiting') entry.answer = 'lost'
  })
  // Only now: whoever waits for the entry may hang up at once.
  desk.journal.write(entry)
  const leave = () => (fault?.how === 'drop' ? response.destroy() : send(response, fault ? BROKEN : answer))
  const delay = desk.faults.delayMs()
  if (delay === 0) return void leave()
  const timer = setTimeout(leave, delay)
  response.once('close', () => clearTimeout(timer))
}

async function judge({ clients, grants, faults, now }: TokenDesk, request: IncomingMessage) {
  const entry: TokenRequest = {
    at: now(),
    grant_type: 'other',
    client: null,
    family: null,
    outcome: 'server_error',
    answer: 'waiting',
  }
  let fault: Fault | undefined
  try {
    const form = await formOf(request)
    entry.grant_type = namedGrant(form)
    const presented = form.get(entry.grant_type === 'refresh_token' ? 'refresh_token' : 'code')
    const family = presented === undefined ? undefined : grants.familyOf(presented)
    entry.family = family?.id ?? null
    fault = faults.next()
    if (fault?.when === 'before') return { entry, answer: BROKEN, fault }
    const { id } = clients.authenticate(request, form)
    entry.client = id
    const before = family?.ended
    try {
      const { pair, replayed } = exchange(grants, id, form)
      entry.outcome = replayed ? 'replayed' : 'issued'
      return { entry, answer: answered(pair, now()), fault }
    } finally {
      if (before === null && family?.ended === 'refresh_token_reused') entry.outcome = 'reuse_detected'
      if (before === null && family?.ended === 'code_reused') entry.outcome = 'code_reused'
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (entry.outcome === 'server_error') entry.outcome = error.code
    return { entry, answer: oauthError(error), fault }
  }
}

function exchange(grants: Grants, client: string, form: Form): Redeemed {
  const type = required(form, 'grant_type')
  if (type === 'authorization_code') {
    const [redirect_uri, verifier] = [form.get('redirect_uri'), form.get('code_verifier')]
    return grants.redeem(required(form, 'code'), { client, redirect_uri, verifier })
  }
  if (type === 'refresh_token') {
    return grants.rotate(required(form, 'refresh_token'), { client, narrow: (all) => narrowed(all, form.get('scope')) })
  }
  throw new Refusal(400, 'unsupported_grant_type', 'use authorization_code or refresh_token')
}

// RFC 6749 §6: a refresh may ask for less than was granted, never for more.
function narrowed(granted: string[], asked: string | undefined): string[] {
  const scopes = asked === undefined ? granted : scopesIn(asked, granted)
  if (!scopes) throw new Refusal(400, 'invalid_scope', 'more than was granted')
  return scopes
}

function answered({ access_token, refresh_token, expires_at, scopes }: Redeemed['pair'], now: number): Answer {
  const expires_in = Math.max(0, Math.floor((expires_at - now) / 1_000))
  const body = { access_token, token_type: 'Bearer', expires_in, refresh_token, scope: scopes.join(' ') }
  return { status: 200, body, headers: UNKEPT }
}

const BROKEN: Answer = { status: 500, body: { error: 'server_error' }, headers: UNKEPT }

/** What the journal calls it: a name of one's own choosing is not repeated there. */
function namedGrant(form: Form): TokenRequest['grant_type'] {
  const type = form.get('grant_type')
  return type === 'authorization_code' || type === 'refresh_token' ? type : 'other'
}

function required(form: Form, name: string): string {
  const value = form.get(name)
  if (value === undefined) throw new Refusal(400, 'invalid_request', `${name} is missing`)
  return value
}

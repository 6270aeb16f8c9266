// Protocol endpoints: oidc-provider answers, and the road records before anything leaves. Its own client authentication
// is the listed exception to the road's first step (ARCHITECTURE idea 1).
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { z } from 'zod'
import type { Question } from '../kernel/decision.ts'
import { Problem } from '../kernel/problem.ts'
import { type Admission, type AuditClass, type Context, operation } from '../pipeline/index.ts'
import { givenAgain } from './given-again.ts'

export interface ProtocolCall {
  request: IncomingMessage
  /** The form that came with it, if any. */
  form: Record<string, unknown>
  response: ServerResponse
  /** What the request claims to be about, for the record of the attempt; not believed. */
  question: Question
}

/** Lets the answer go that was held back until it was recorded. */
export type Release = () => void

/** oidc-provider refused and has written why in its protocol's own words; the answer waits in `release`. */
export class AnsweredRefusal extends Problem {
  readonly release: Release
  constructor(status: number, reason: string, release: Release) {
    super(status === 401 ? 'unauthenticated' : status >= 500 ? 'internal' : 'invalid_input', { reason })
    this.release = release
  }
}

// Grants run inside oidc-provider, beyond our arguments; they find the road's context by the request they serve.
const contexts = new WeakMap<IncomingMessage, Context>()

/** Says to the road who was proved to have made a request that oidc-provider is serving. */
export function identifyCallers(provider: Provider, { countClient }: Pick<Admission, 'countClient'>): void {
  provider.use(async (ctx, next) => {
    await next()
    const { oidc, req, status } = ctx as KoaContextWithOIDC
    const client = oidc?.client
    // Whoever has a session signed in; a client authenticated itself, or redeemed what only it was given.
    const failed = client?.clientAuthMethod === 'none' ? status >= 400 : errorOf(ctx.body) === 'invalid_client'
    if (AUTHENTICATING.has(ctx.path) && client && !failed) {
      contexts.get(req)?.identified()
      countClient(client.clientId)
    } else if (!AUTHENTICATING.has(ctx.path) && oidc?.session?.accountId !== undefined) contexts.get(req)?.identified()
  })
}

const AUTHENTICATING: ReadonlySet<string> = new Set([
  '/oauth/token',
  '/oauth/introspect',
  '/oauth/revoke',
  '/bc-authorize',
])

const errorOf = (body: unknown): unknown => (body as { error?: unknown } | null | undefined)?.error

/** The road's context of a request that oidc-provider is serving. */
export const contextOf = (request: IncomingMessage): Context | undefined => contexts.get(request)

export const protocolOperation = (
  provider: () => Provider,
  described: { id: string; summary: string; audit: AuditClass; before?: (call: ProtocolCall) => Promise<void> },
) =>
  operation({
    id: described.id,
    summary: described.summary,
    audit: described.audit,
    input: z.custom<ProtocolCall>((value) => typeof value === 'object' && value !== null),
    output: z.custom<Release>((value) => typeof value === 'function'),
    asks: ({ question }) => [question],
    async reach(context, call) {
      await described.before?.(call)
      const serving = provider()
      const request = givenAgain(call.request, { form: call.form, issuer: serving.issuer })
      contexts.set(request, context)
      const { release, status, error } = await held(serving, request, call.response)
      context.note({ status })
      if (status >= 400) throw new AnsweredRefusal(status, error ?? `status_${status}`, release)
      return release
    },
  })

// The last write is held back, so that nobody holds a token whose issue was not recorded. Until it is released the
// response is as it was before: if it cannot be recorded, a refusal of ours goes out instead.
async function held(provider: Provider, request: IncomingMessage, response: ServerResponse) {
  const before = response.getHeaders()
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse
  let last: unknown[] | undefined
  response.end = ((...args: unknown[]) => {
    last = args
    return response
  }) as typeof response.end
  await provider
    .callback()(request, response)
    .finally(() => {
      response.end = end as typeof response.end
    })
  const status = response.statusCode
  const headers = response.getHeaders()
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  setHeaders(response, before)
  response.statusCode = 200
  const release: Release = () => {
    if (!last) return void response.destroy()
    setHeaders(response, headers)
    response.statusCode = status
    end(...last)
  }
  return { release, status, error: errorIn(last?.[0]) }
}

function setHeaders(response: ServerResponse, headers: OutgoingHttpHeaders): void {
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value)
}

function errorIn(body: unknown): string | undefined {
  if (typeof body !== 'string' || !body.startsWith('{')) return undefined
  try {
    const { error } = JSON.parse(body)
    return typeof error === 'string' ? error.slice(0, 80) : undefined
  } catch {
    return undefined
  }
}

// Sends pages, and refusals as pages.
import { contentSecurityPolicy, document, type Page, refusalPage } from '@mandate/console'
import type { FastifyReply } from 'fastify'
import { asProblem } from '../http/index.ts'

export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  for (const cookie of page.cookies ?? []) reply.raw.appendHeader('set-cookie', cookie)
  if (page.location !== undefined) return reply.code(303).header('location', page.location).send()
  return reply
    .code(page.status ?? 200)
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', contentSecurityPolicy(page))
    .header('referrer-policy', 'same-origin')
    .header('x-frame-options', 'DENY')
    .send(document(page))
}

/** For a route table's `reply`: a refusal becomes a page that says the next step; who is not signed in is sent there. */
export const pageReply = {
  done: (reply: FastifyReply, output: unknown) => sendPage(reply, output as Page),
  refused(reply: FastifyReply, error: unknown) {
    const problem = asProblem(error)
    if (problem.status >= 500) return undefined
    if (problem.code === 'unauthenticated') {
      const to = reply.request.method === 'GET' ? `?return_to=${encodeURIComponent(reply.request.url)}` : ''
      return sendPage(reply, { location: `/sign-in${to}` })
    }
    reply.headers(problem.details.headers ?? {})
    return sendPage(reply, refusalPage({ status: problem.status, sentence: problem.message }))
  },
}

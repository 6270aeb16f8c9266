// How the pages for connecting answer: a refusal says where to start again, and an answer with a code goes no further.
import { html, type Page } from '@mandate/console'
import type { Replier } from '../pipeline/index.ts'
import { asProblem } from '../platform/http/index.ts'
import { pageReply, sendPage } from '../platform/pages/index.ts'

export const connectReply: Replier = {
  done: pageReply.done,
  refused(reply, error) {
    const problem = asProblem(error)
    const { connection } = reply.request.params as { connection: string }
    // Only what this room could have mounted: the parameter is the caller's.
    const start = /^[a-z0-9-]{1,40}$/.test(connection) ? `/connect/${connection}` : '/'
    // Not the address that was asked for: at the callback it holds the provider's code.
    if (problem.code === 'unauthenticated')
      return sendPage(reply, { location: `/sign-in?return_to=${encodeURIComponent(start)}` })
    if (problem.code !== 'forbidden' && problem.code !== 'upstream_failed') return pageReply.refused(reply, error)
    reply.headers(problem.details.headers ?? {})
    return sendPage(reply, refusedPage(problem, start))
  },
}

const refusedPage = ({ status, message }: { status: number; message: string }, start: string): Page => ({
  status,
  title: 'Not connected',
  body: html`<div class="card"><h1>Not connected</h1>
<p class="notice" role="alert">${message}</p>
<p class="soft"><a href="${start}">Start again</a></p></div>`,
})

// A refused form is shown again with the reason and what was typed, never the password.

import { type Page, setupPage, signInPage } from '@mandate/console'
import type { Problem } from '../kernel/problem.ts'
import type { Replier } from '../pipeline/index.ts'
import { asProblem } from '../platform/http/index.ts'
import { pageReply, sendPage } from '../platform/pages/index.ts'
import { ownPath } from './return-to.ts'

type Form = Readonly<Record<string, unknown>>

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 2000) : '')

/** `again` makes the form's page for the refusals that a person can do something about there. */
const formReply = (again: (form: Form, problem: Problem) => Page | undefined): Replier => ({
  done: pageReply.done,
  refused(reply, error) {
    const problem = asProblem(error)
    const form = { ...(reply.request.query as Form), ...(reply.request.body as Form | null | undefined) }
    const page = reply.request.method === 'POST' ? again(form, problem) : undefined
    if (!page) return pageReply.refused(reply, error)
    reply.headers(problem.details.headers ?? {})
    return sendPage(reply, { ...page, status: problem.status })
  },
})

export const signInReply = formReply((form, problem) => {
  const said = problem.code === 'unauthenticated' || problem.code === 'rate_limited'
  if (!said && problem.code !== 'invalid_input') return undefined
  const refusal = said ? problem.message : 'Enter your e-mail address and your password.'
  return signInPage({ returnTo: ownPath(form.return_to), email: text(form.email), refusal })
})

export const setupReply = formReply((form, problem) => {
  const { errors = [] } = problem.details
  if (problem.code !== 'invalid_input' || errors.some(({ field }) => field === 'token')) return undefined
  const refusal = errors.map(({ field, rule }) => `${LABELS[field] ?? field} ${rule}.`).join(' ')
  return setupPage({ token: text(form.token), email: text(form.email), name: text(form.name), refusal })
})

const LABELS: Readonly<Record<string, string>> = {
  email: 'The e-mail address',
  name: 'The name',
  password: 'The password',
}

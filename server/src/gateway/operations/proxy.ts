// One call of a connection's HTTP API: our token in, its credential out, and of the answer what may be seen.
import { z } from 'zod'
import { effectOf } from '../../connections/index.ts'
import { userOf } from '../../kernel/principal.ts'
import { Problem } from '../../kernel/problem.ts'
import { type Context, type Facts, operation } from '../../pipeline/index.ts'
import { askedAction } from '../asked.ts'
import type { Attendance } from '../attendance.ts'
import { refuseUnjudged, shownTo } from '../audience.ts'
import { credentialHeaders, echoes } from '../credential-headers.ts'
import { holdCall } from '../hold.ts'
import { CALL_TIMEOUT_MS, type GatewayGiven, RESULT_LIMIT, resourceOf } from '../model.ts'
import { credentialFor } from '../open-credential.ts'
import { judgeAnswer, type ProxyAnswer } from '../proxy/answer.ts'
import { refusesToken } from '../proxy/bearer-challenge.ts'
import { approvedRequest, exactOf, type ProxyInput } from '../proxy/read-request.ts'
import { joined } from '../proxy/target.ts'
import { contextOf, mayName } from '../records/named.ts'
import { sightOf } from '../records/sight.ts'
import { EndedLate, refuseEnded, UpstreamFault, upstreamProblem } from '../upstream-problem.ts'

export const proxy = (given: GatewayGiven & { attendance: Attendance }) =>
  operation({
    id: 'gateway.proxy',
    summary: "Call a connection's HTTP API.",
    audit: 'act',
    input: z.custom<ProxyInput>((value) => typeof value === 'object' && value !== null),
    output: z.custom<ProxyAnswer>(),
    asks({ connection, action, declared, parts }) {
      const context = contextOf(declared, parts)
      return [{ action, resource: resourceOf(connection), ...(context && { context }) }]
    },
    async asked(context, input) {
      const { connection, declared, action, parts, waitMs, gone, audience } = input
      refuseUnjudged(declared, audience)
      // Nobody is asked about a record that the person may not see.
      const sight = sightOf(context.principal, given.visible, audience)
      if (!(await mayName(declared, parts, sight))) throw new Problem('not_found')
      // Who will read the answer is part of what is agreed to.
      const request = { ...exactOf(input), ...shownTo(audience) }
      const { upstream: _, ...shown }: Record<string, unknown> = request
      const values = contextOf(declared, parts)
      return askedAction(given, context, {
        connection,
        action,
        context: values,
        request,
        arguments: shown,
        waitMs,
        gone,
      })
    },
    async reach(context, call): Promise<ProxyAnswer> {
      const input = context.approval === undefined ? call : { ...call, ...approvedRequest(call) }
      const { connection, declared, action, audience } = input
      const sight = sightOf(context.principal, given.visible, audience)
      refuseUnjudged(declared, audience)
      if (audience) context.note({ audience: audience.members.length })
      if (!(await mayName(declared, input.parts, sight))) {
        context.note({ records: 0, withheld: declared.request.length, bytes: 0 })
        throw new Problem('not_found')
      }
      const { principal } = context
      refuseEnded(given, principal)
      const hold = holdCall(given.attendance, { principal, gone: input.gone, timeoutMs: CALL_TIMEOUT_MS })
      try {
        const response = await send(given, input, { context, signal: hold.signal })
        const startedAt = given.clock.elapsed()
        const note = (facts: Facts) => {
          const microseconds = Math.round((given.clock.elapsed() - startedAt) * 1000)
          context.note('withheld' in facts ? { ...facts, microseconds } : facts)
        }
        const answer = await judgeAnswer(response, { declared, sight, note })
        // Judging may have waited, and access may have ended meanwhile.
        if (hold.signal.aborted || !given.stillValid(principal)) throw new EndedLate()
        return answer
      } catch (error) {
        throw upstreamProblem(error, { effect: effectOf(connection, action), why: hold.why() })
      } finally {
        hold.release()
      }
    },
  })

async function send(
  given: GatewayGiven,
  { connection, method, target, headers, body }: ProxyInput,
  { context, signal }: { context: Context; signal: AbortSignal },
) {
  if (connection.upstream === null) throw new Problem('upstream_failed', { detail: 'The connection has no upstream.' })
  const user = userOf(context.principal)
  const credential = await credentialFor(given, connection, { user, signal })
  const response = await given.outbound.send({
    method,
    url: joined(connection.upstream, target),
    headers: { ...headers, 'x-request-id': context.attempt, ...credentialHeaders(credential) },
    signal,
    timeoutMs: CALL_TIMEOUT_MS,
    maxBytes: RESULT_LIMIT,
    ...(body && { body }),
  })
  if (response.status === 401 && connection.kind === 'oauth2' && credential?.type === 'api_key')
    await given.useRefused(connection, user, { credential, invalidToken: refusesToken(response) })
  const { etag = '', 'content-type': type = '' } = response.headers
  if (echoes(credential, response.body) || echoes(credential, `${etag} ${type}`))
    throw new UpstreamFault('The upstream put the credential into its answer, which is therefore withheld.', true)
  return response
}

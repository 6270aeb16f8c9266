// One call of a connection's HTTP API: our token in, its credential out, and of the answer what may be seen.
import { z } from 'zod'
import { effectOf } from '../../connections/index.ts'
import { userOf } from '../../kernel/principal.ts'
import { Problem } from '../../kernel/problem.ts'
import { type Context, operation } from '../../pipeline/index.ts'
import { approvalRequest } from '../approval-request.ts'
import type { Attendance } from '../attendance.ts'
import { shownTo } from '../audience.ts'
import { credentialHeaders, echoes } from '../credential-headers.ts'
import { holdCall } from '../hold.ts'
import { judgeAnswer, judgeCall } from '../judge-call.ts'
import { CALL_TIMEOUT_MS, type GatewayGiven, RESULT_LIMIT, resourceOf } from '../model.ts'
import { credentialFor } from '../open-credential.ts'
import { answerOf, type ProxyAnswer } from '../proxy/answer.ts'
import { refusesToken } from '../proxy/bearer-challenge.ts'
import { approvedRequest, exactOf, type ProxyInput } from '../proxy/read-request.ts'
import { joined } from '../proxy/target.ts'
import { contextOf } from '../records/request-records.ts'
import { UpstreamFault, upstreamProblem } from '../upstream-problem.ts'

export const proxy = (given: GatewayGiven & { attendance: Attendance }) =>
  operation({
    id: 'gateway.proxy',
    summary: "Call a connection's HTTP API.",
    audit: 'act',
    input: z.custom<ProxyInput>((value) => typeof value === 'object' && value !== null),
    output: z.custom<ProxyAnswer>(),
    asks({ connection, action, rivals, declared, parts }, principal) {
      const context = contextOf(declared, parts)
      const resource = resourceOf(connection)
      const question = { action, resource, ...(context && { context }) }
      // A person is asked about the first: it must be one that needs a person.
      const asking = (action: string) => given.decide(principal, { action, resource }).answer === 'ask'
      const others = rivals.map((rival) => ({ action: rival, resource }))
      return asking(action)
        ? [question, ...others]
        : [...others.filter((each) => asking(each.action)), question, ...others]
    },
    async asked(context, input) {
      const { connection, declared, action, parts, waitMs, gone, audience } = input
      // Nobody is asked about a record that the person may not see.
      if (!(await judgeCall(given, context, input))) throw new Problem('not_found')
      // Who will read the answer is part of what is agreed to.
      const request = { ...exactOf(input), ...shownTo(audience) }
      const { upstream: _, ...shown }: Record<string, unknown> = request
      const values = contextOf(declared, parts)
      return approvalRequest(given, context, {
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
      const { connection, declared, action } = input
      const sight = await judgeCall(given, context, input)
      if (!sight) throw new Problem('not_found')
      const { principal, note } = context
      const hold = holdCall(given.attendance, { principal, gone: input.gone, timeoutMs: CALL_TIMEOUT_MS })
      const { signal } = hold
      try {
        const response = await send(given, input, { context, signal })
        return await judgeAnswer(given, { context, declared, signal }, () =>
          answerOf(response, { declared, sight, note }),
        )
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

// Trades a person's token for one that lets this agent use one connection on their behalf (RFC 8693).
import * as oauth from 'openid-client'
import { discover, under } from './issuer.ts'

export interface Exchange {
  issuer: string
  agentId: string
  agentSecret: string
  /** The person's access token. */
  subjectToken: string
  /** The one audience of the new token, see `connectionResource` (RFC 8707). */
  resource: string
}

export const connectionResource = (issuer: string, connection: string): string => under(issuer, `mcp/${connection}`)

/** Throws openid-client's `ResponseBodyError` when the server refuses; its `error` says why (RFC 6749 §5.2). */
export async function exchangeFor({ issuer, agentId, agentSecret, subjectToken, resource }: Exchange) {
  const server = await discover(issuer, agentId, agentSecret)
  return oauth.genericGrantRequest(server, 'urn:ietf:params:oauth:grant-type:token-exchange', {
    subject_token: subjectToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    resource,
    scope: 'use',
  })
}

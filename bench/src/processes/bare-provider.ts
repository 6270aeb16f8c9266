// oidc-provider by itself, in memory: client credentials for a JWT signed with ES256, and nothing around it.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { listen } from '@mandate/example-orders/listening.ts'
import Provider, { type Configuration } from 'oidc-provider'
import { answering } from './answering.ts'

export interface BareClient {
  issuer: string
  id: string
  secret: string
  resource: string
}

answering(async ({ issuer, id, secret, resource }: BareClient) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const configuration: Configuration = {
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' }] } as Configuration['jwks'],
    clients: [
      {
        client_id: id,
        client_secret: secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: 'use',
          audience: resource,
          accessTokenTTL: 300,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    ttl: { ClientCredentials: 300 },
  }
  return listen(createServer(new Provider(issuer, configuration).callback()), 0)
})

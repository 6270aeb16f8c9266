// RFC 9728: where a client gets a token for a connection. The same for every name, so that it does not tell which exist.
import { z } from 'zod'
import { below, operation } from '../../pipeline/index.ts'

export const resourceMetadata = (issuer: string) =>
  operation({
    id: 'gateway.resource-metadata',
    summary: 'Metadata of a connection as a protected resource (RFC 9728).',
    audit: 'question',
    input: z.object({ connection: z.string() }),
    output: z.object({
      resource: z.string(),
      authorization_servers: z.array(z.string()),
      scopes_supported: z.array(z.string()),
      bearer_methods_supported: z.array(z.string()),
    }),
    asks: () => [],
    reach: (_, { connection }) => ({
      resource: below(issuer, `/mcp/${connection}`),
      authorization_servers: [issuer],
      scopes_supported: ['use'],
      bearer_methods_supported: ['header'],
    }),
  })

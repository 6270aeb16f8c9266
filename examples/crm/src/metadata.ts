// What the authorization server says about itself (RFC 8414).
import { SCOPES } from './scopes.ts'

const CLIENT_AUTHENTICATION = ['client_secret_basic', 'client_secret_post']

export function metadata(issuer: string, { revocation }: { revocation: boolean }) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    ...(revocation && {
      revocation_endpoint: `${issuer}/revoke`,
      revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
    }),
    scopes_supported: Object.keys(SCOPES),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
  }
}

// OAuth's own refusals (RFC 6749 §5.2, RFC 8693 §2.2.2, RFC 8707 §2): protocol endpoints keep their protocol's errors.
import { errors } from 'oidc-provider'

export const refusal = (code: string) => (description: string) => new errors.CustomOIDCProviderError(code, description)

export const invalidRequest = refusal('invalid_request')
export const invalidTarget = refusal('invalid_target')
export const invalidScope = refusal('invalid_scope')
export const invalidGrant = refusal('invalid_grant')
export const unauthorizedClient = refusal('unauthorized_client')
export const accessDenied = refusal('access_denied')
/** A person must say yes first; the description names what waits. */
export const interactionRequired = refusal('interaction_required')

// The catalogue of problems: every refusal outside protocol endpoints has one of these codes. Pages are generated from it.
export interface ProblemDefinition {
  status: number
  title: string
  /** One sentence the reader can act on; used when the refusal says nothing more exact. */
  sentence: string
}

const define = <C extends string>(catalogue: Record<C, ProblemDefinition>) => catalogue

export const PROBLEMS = define({
  invalid_input: {
    status: 400,
    title: 'The request is not valid',
    sentence: 'A field of the request breaks a rule; `errors` names each field and the rule it broke.',
  },
  malformed_body: {
    status: 400,
    title: 'The body could not be read',
    sentence: 'Send a JSON object with content type application/json.',
  },
  unauthenticated: {
    status: 401,
    title: 'Who you are is not known',
    sentence: 'Present a valid access token for this resource, or sign in.',
  },
  forbidden: {
    status: 403,
    title: 'You may not do this',
    sentence: 'Your role, scopes or connections do not allow this action.',
  },
  approval_required: {
    status: 403,
    title: 'A person must approve this first',
    sentence: 'The action needs an approval before it can be done.',
  },
  not_connected: {
    status: 403,
    title: 'No account is connected',
    sentence: 'The person this call is for has connected no account here; `connect_uri` is where they do it.',
  },
  needs_reconnect: {
    status: 403,
    title: 'The account must be connected again',
    sentence: "The person's account can no longer be used; `connect_uri` is where they connect it again.",
  },
  not_found: {
    status: 404,
    title: 'Not found',
    sentence: 'There is nothing here that you may see.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This method is not offered here',
    sentence: 'The path exists, but not for this method.',
  },
  conflict: {
    status: 409,
    title: 'This is in conflict with what exists',
    sentence: 'Something with this name, or in this state, already exists.',
  },
  idempotency_conflict: {
    status: 409,
    title: 'The idempotency key was used for something else',
    sentence: 'Use a new Idempotency-Key for a different request.',
  },
  too_large: {
    status: 413,
    title: 'Too large',
    sentence: 'The body or result is larger than this endpoint accepts.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The content type is not accepted here',
    sentence: 'Send application/json.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many attempts',
    sentence: 'Wait as long as Retry-After says, then try again.',
  },
  internal: {
    status: 500,
    title: 'Something failed on our side',
    sentence: 'The failure was recorded under the correlation id; quote it to your administrator.',
  },
  upstream_failed: {
    status: 502,
    title: 'The system behind the connection failed',
    sentence: 'The upstream did not answer as it should; the call may be tried again if it only reads.',
  },
  upstream_refused: {
    status: 422,
    title: 'The system behind the connection refused this',
    sentence: 'The upstream understood the call and refused it; what it said is withheld because it may name others.',
  },
  outcome_unknown: {
    status: 502,
    title: 'Whether it was done is not known',
    sentence: 'The upstream stopped answering after the call was sent; look there before trying again.',
  },
  unavailable: {
    status: 503,
    title: 'Not available right now',
    sentence: 'The database or the change log is out of reach, so nothing is granted; try again shortly.',
  },
})

export type ProblemCode = keyof typeof PROBLEMS

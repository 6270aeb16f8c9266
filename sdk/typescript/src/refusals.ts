// Why nothing is returned. Every failure throws one of these: there is no answer that is half of one.

export type RefusalCode =
  /** The engine did not answer, or not as it should. */
  | 'engine_failed'
  /** The token is not a good one here, or is not for a person. */
  | 'token_refused'
  /** More than the stated bound; a part of it would read as all of it. */
  | 'too_many'
  /** Nobody, or nobody who can be named, would read the answer. */
  | 'audience_unknown'
  /** What was given cannot be used as it is. */
  | 'invalid'

export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code: RefusalCode

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

// The one error of opening: what was sealed does not open here, and why, in words that hold no secret.

export type SealBrokenReason =
  /** Not a sealed string, or cut short. */
  | 'malformed'
  /** Sealed under a master key that is not in the ring. */
  | 'unknown_key'
  /** Changed, moved from another place, or sealed under another key of the same name. */
  | 'not_authentic'

const SENTENCES: Record<SealBrokenReason, string> = {
  malformed: 'The sealed value is not complete, or not a sealed value at all.',
  unknown_key: 'The value is sealed under a master key that is not configured here.',
  not_authentic: 'The sealed value was changed, or belongs to another place.',
}

export class SealBroken extends Error {
  readonly reason: SealBrokenReason

  constructor(reason: SealBrokenReason) {
    super(SENTENCES[reason])
    this.name = 'SealBroken'
    this.reason = reason
  }
}

// What a verification of the audit log found, in plain sentences.
export type Check = 'verifier-key' | 'checkpoints' | 'signature' | 'order' | 'fork' | 'entries' | 'missing'

export interface Failure {
  /** The first check that failed. */
  check: Check
  sentence: string
  /** Sizes of the last good and the first bad checkpoint: what went wrong lies between them. */
  between?: { from: number; to: number }
}

const plural = (count: number) => `${count} ${count === 1 ? 'entry' : 'entries'}`
const span = (from: number, to: number) => (to - from === 1 ? `entry ${to}` : `entries ${from + 1} to ${to}`)

export const failures = {
  verifierKey: (): Failure => ({
    check: 'verifier-key',
    sentence: 'The verifier key is not valid; it has the form name+hash+key, as the server shows it.',
  }),

  noCheckpoint: (): Failure => ({
    check: 'checkpoints',
    sentence: 'There is no checkpoint, so nothing can be proven; export the log together with its checkpoints.',
  }),

  signature: ({ number, of, name }: { number: number; of: number; name: string }): Failure => ({
    check: 'signature',
    sentence: `Checkpoint ${number} of ${of} is malformed, or was not signed with the key of ${name}: it may be forged.`,
  }),

  order: ({ number, size, before }: { number: number; size: number; before: number }): Failure => ({
    check: 'order',
    sentence: `Checkpoint ${number} is for ${plural(size)}, but the one before it is for ${before}: a log never shrinks, so an older checkpoint was put in a later place.`,
    between: { from: size, to: before },
  }),

  fork: ({ from, to }: { from: number; to: number }): Failure => ({
    check: 'fork',
    sentence:
      from === to
        ? `Two signed checkpoints for ${plural(to)} name different contents: the server has shown different logs.`
        : `The signed checkpoints for ${plural(from)} and for ${to} cannot both be of one log: the server has shown different logs.`,
    between: { from, to },
  }),

  notText: ({ number, from }: { number: number; from: number }): Failure => ({
    check: 'entries',
    sentence: `Entry ${number} is not well-formed text, so it is not what was written.`,
    between: { from, to: number },
  }),

  altered: ({ from, to, missing }: { from: number; to: number; missing: number }): Failure => ({
    check: 'entries',
    sentence:
      to === 0
        ? 'The checkpoint for an empty log does not name an empty log.'
        : `Something in ${span(from, to)} was altered, removed, added or put in another order after it was signed${missing > 0 ? `; ${plural(missing)} fewer are here than the last checkpoint counts` : ''}.`,
    between: { from, to },
  }),

  missing: ({ entries, from, to, last }: { entries: number; from: number; to: number; last: number }): Failure => ({
    check: 'missing',
    sentence: `The last checkpoint is for ${plural(last)}, but only ${entries} are here: at least ${plural(last - entries)} missing${from > 0 ? ` after the first ${from}` : ''}.`,
    between: { from, to },
  }),
}

export function summary({ entries, beyond }: { entries: number; beyond: number }): string {
  if (entries === 0) return 'The log is empty, and its checkpoint says so.'
  if (beyond === 0) return `All ${plural(entries)} are exactly those that were signed.`
  if (beyond === entries) return `No checkpoint covers any of the ${plural(entries)}, so nothing is proven about them.`
  return `The first ${plural(entries - beyond)} are exactly those that were signed; no checkpoint covers the ${plural(beyond)} after them, so nothing is proven about those.`
}

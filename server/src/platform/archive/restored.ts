// What a restore says to those who end what it must not bring back.
export interface Restored {
  /** Milliseconds since the epoch. */
  now: number
  /** When the archive was made, ISO 8601. */
  madeAt: string
  /** `backup` or `export`. */
  archive: string
}

// Time comes in by the door: rooms are given a clock and never ask the machine.
export interface Clock {
  /** Wall time in milliseconds since the epoch. For records and expiry, never for measuring. */
  now(): number
  /** Monotonic milliseconds. For staleness, timeouts and durations. */
  elapsed(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
}

// Every token request, for tests and demos to look at: what was asked, when, and how it ended. No secret is in it.
export interface TokenRequest {
  /** When it was judged, in milliseconds since the epoch. */
  at: number
  grant_type: 'authorization_code' | 'refresh_token' | 'other'
  /** Null when the client did not prove who it is. */
  client: string | null
  /** Of the code or refresh token; null when it is unknown here. */
  family: string | null
  /** `issued`, `replayed` (within the grace), `reuse_detected`, `server_error` (before anything was issued), or the error of RFC 6749 §5.2. */
  outcome: string
  /** Whether the client got it: `waiting` while it is delayed, `lost` when it hung up first or a fault took it. */
  answer: 'waiting' | 'sent' | 'lost'
}

export interface TokenCounts {
  codes_redeemed: number
  rotated: number
  replayed: number
  reuse_detected: number
  /** Refused or failed for any reason, reuse included. */
  refused: number
}

export interface Journal {
  entries: TokenRequest[]
  counts: TokenCounts
  write(entry: TokenRequest): void
}

const LONGEST = 10_000

export function createJournal(onToken: ((entry: TokenRequest) => void) | undefined): Journal {
  const entries: TokenRequest[] = []
  const counts: TokenCounts = { codes_redeemed: 0, rotated: 0, replayed: 0, reuse_detected: 0, refused: 0 }
  return {
    entries,
    counts,
    write(entry) {
      if (entries.push(entry) > LONGEST) entries.shift()
      const { outcome, grant_type } = entry
      if (outcome === 'issued') counts[grant_type === 'refresh_token' ? 'rotated' : 'codes_redeemed'] += 1
      else if (outcome === 'replayed') counts.replayed += 1
      else counts.refused += 1
      if (outcome === 'reuse_detected') counts.reuse_detected += 1
      onToken?.(entry)
    },
  }
}

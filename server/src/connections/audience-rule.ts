// Nobody may register an audience of our own: tokens for it would open our own doors.

/** The rule an identifier breaks beside our issuer, or undefined. */
export function ownAudienceRule(identifier: string, issuer: string): string | undefined {
  const rule = 'must not be at the issuer, whose audiences are our own'
  if (identifier.toLowerCase() === issuer.toLowerCase()) return rule
  if (!/^https?:/i.test(identifier)) return undefined
  // By origin, not by text: `HTTPS://Issuer/api`, `:443` and `/x/../api` all read as ours somewhere.
  return new URL(identifier).origin === new URL(issuer).origin ? rule : undefined
}

// Secrets looked for in bytes, in the clear or merely re-coded.

/** Names of the secrets that stand in `bytes`. */
export function found(secrets: ReadonlyMap<string, string>, bytes: Buffer): string[] {
  return [...secrets].flatMap(([name, secret]) => {
    const spellings = [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
      Buffer.from(secret).toString('hex'),
    ]
    return spellings.some((spelling) => bytes.includes(spelling)) ? [name] : []
  })
}

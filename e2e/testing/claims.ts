// What a JWT says, unverified: for tests that look, and tests that forge.
export type Claims = Record<string, unknown>

const decoded = (part = ''): Claims => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))

export const claimsOf = (token: string): Claims => decoded(token.split('.')[1])
export const headerOf = (token: string): Claims => decoded(token.split('.')[0])
export const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

// Passwords: Argon2id with the OWASP parameters; checking one takes the same work whether or not there is anything to check.
import { hash, verify } from '@node-rs/argon2'
import type { PasswordKeeping } from '../directory/index.ts'
import { keepPasswordHash } from './store.ts'

/** 19 MiB, two passes, one lane: OWASP Password Storage Cheat Sheet. Argon2id is the library's default algorithm. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

// Of a password that was random and is forgotten. Compared with where there is no password, so that time tells nothing.
export const NOBODYS_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$Jv3UxlsU7d3MD/atkR1MUA$e+h0Q2rIYClf3PeqgU8ILv49/3pB1+4XCuDViqEBp+E'

// The same password typed on another keyboard may arrive composed differently (NIST SP 800-63B §3.1.1.2).
const typed = (password: string): string => password.normalize('NFKC')

export const hashPassword = (password: string): Promise<string> => hash(typed(password), PARAMETERS)

/** Whether `password` is the one of `known`; false, after the same work, when there is none. */
export async function passwordMatches(known: string | undefined, password: string): Promise<boolean> {
  const matches = await verify(known ?? NOBODYS_HASH, typed(password))
  return known !== undefined && matches
}

/** What the directory needs to give people passwords. */
export const passwordKeeping = (): PasswordKeeping => ({ hash: hashPassword, keep: keepPasswordHash })

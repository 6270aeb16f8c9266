// An agent or connection on hold gets nothing new until somebody releases it; every other subject begins anew at once.
import type { UniversalLogout } from '@mandate/contract'
import { invalid } from '../kernel/problem.ts'
import type { Holder, LogoutSubject } from '../pipeline/index.ts'
import type { Transaction } from '../platform/database/index.ts'

/** Whether new sign-ins work after the logout, and what releases the hold. */
export type Afterwards = Pick<UniversalLogout, 'new_sign_ins' | 'release'>

/** Throws where `hold` is given for a subject that cannot be held. */
export function wantsHold({ type }: LogoutSubject, hold: boolean | undefined): boolean {
  if (type === 'agent' || type === 'connection') return hold ?? type === 'agent'
  if (hold !== undefined) throw invalid('hold', 'is for agents and connections')
  return false
}

export async function holdSubject(
  holders: readonly Holder[],
  tx: Transaction,
  subject: LogoutSubject & { reason: string; at: Date },
): Promise<Afterwards> {
  for (const holder of holders) {
    const held = await holder.hold?.(tx, subject)
    if (held) return { new_sign_ins: 'refused_until_released', release: held.release }
  }
  throw new Error(`no room holds a subject of type ${subject.type}`)
}

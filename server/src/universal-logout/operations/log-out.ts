// One act: what a subject holds ends here at once, everywhere within a second, and at providers as far as they let us.
import { type LogoutTarget, NewUniversalLogout, UniversalLogout } from '@mandate/contract'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { type Confirmation, revoke } from '../../platform/changes/index.ts'
import { logoutTarget } from '../../token-vault/index.ts'
import { type Ended, endWhatIsHeld } from '../ending.ts'
import type { LogoutGround, Subject } from '../ground.ts'

export const logOut = (ground: LogoutGround) =>
  operation({
    id: 'universal-logout.log-out',
    summary: 'End everything a user, agent, connection, session, client or task holds, everywhere.',
    audit: 'act',
    input: NewUniversalLogout,
    output: UniversalLogout,
    asks: ({ subject: { type, id } }) => [{ action: 'log-out', resource: `logout:${type}:${id}` }],
    async reach({ note }, { subject, reason }): Promise<UniversalLogout> {
      if (!(await ground.known(subject))) throw new Problem('not_found')
      const ended = await endHere(ground, subject, reason)
      note({ position: ended.position, sessions: ended.sessions, grants: ended.grants, approvals: ended.approvals })
      const calls = ground.endCalls(subject.id)
      // Providers are told while the replicas are waited for: neither holds up the other.
      const [confirmation, accounts] = await Promise.all([
        ground.confirmed(ended.position),
        ground.accounts.finishRevoking(ended.accounts),
      ])
      const at = new Date(ground.now()).toISOString()
      const targets = [...here({ ...ended, calls }, confirmation, at), ...accounts.map(logoutTarget)]
      note({ confirmed: confirmation.confirmed, accounts: accounts.length, partial: partialIn(targets) })
      return {
        subject,
        position: ended.position,
        confirmed: confirmation.confirmed,
        confirmed_at: confirmation.confirmed ? at : null,
        replicas: confirmation.replicas.map(({ id, state }) => ({ id, state })),
        targets,
      }
    },
  })

const partialIn = (targets: readonly LogoutTarget[]): string[] =>
  targets.filter(({ result }) => result !== 'revoked').map(({ system, result }) => `${system}:${result}`)

interface EndedHere extends Ended {
  position: number
}

async function endHere(ground: LogoutGround, subject: Subject, reason: string): Promise<EndedHere> {
  let position = 0
  const ended = await ground.database.transaction(async (tx) => {
    tx.committed((at) => {
      position = at ?? 0
    })
    revoke(tx, subject.id, 'universal_logout')
    return endWhatIsHeld(ground, tx, { ...subject, reason })
  })
  return { ...ended, position }
}

function here(
  { sessions, grants, approvals, calls }: EndedHere & { calls: number },
  { confirmed }: Confirmation,
  at: string,
): LogoutTarget[] {
  const target = (system: string, count: number, detail?: string): LogoutTarget => ({
    ...{ system, count, result: confirmed ? 'revoked' : 'pending', ...(detail !== undefined && { detail }) },
    ...(confirmed && { verified_at: at }),
  })
  return [
    target('sessions', sessions),
    target('grants', grants),
    target('tokens', 0, 'Tokens are not counted: every one that stands on this subject is dead.'),
    target('held-calls', calls, 'Counted where this was asked; other replicas end theirs when they hear of it.'),
    target('approvals', approvals),
  ]
}

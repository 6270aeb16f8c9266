// One act: what a subject holds ends here at once, everywhere within a second, and at providers as far as they let us.
import { type LogoutTarget, NewUniversalLogout, UniversalLogout } from '@mandate/contract'
import { isId } from '../../kernel/ids.ts'
import { Problem } from '../../kernel/problem.ts'
import { type EndedCount, type LogoutSubject, operation } from '../../pipeline/index.ts'
import { type Confirmation, revoke } from '../../platform/changes/index.ts'
import { countsOf, endWhatIsHeld } from '../ending.ts'
import type { LogoutGround } from '../ground.ts'
import { type Afterwards, holdSubject, wantsHold } from '../hold.ts'

export const logOut = (ground: LogoutGround) =>
  operation({
    id: 'universal-logout.log-out',
    summary: 'End everything a user, agent, connection, session, client or task holds, everywhere.',
    audit: 'act',
    input: NewUniversalLogout,
    output: UniversalLogout,
    asks: ({ subject: { type, id } }) => [{ action: 'log-out', resource: `logout:${type}:${id}` }],
    async reach({ note }, { subject, reason, hold: asked }): Promise<UniversalLogout> {
      const hold = wantsHold(subject, asked)
      if (!(await isKnown(ground, subject))) throw new Problem('not_found')
      const { position, parts, afterwards } = await endHere(ground, { ...subject, reason, hold })
      note({ position, ...countsOf(parts), new_sign_ins: afterwards.new_sign_ins })
      const counts = parts.flatMap(({ ended, underWay }) => [...ended, ...(underWay?.() ?? [])])
      // Providers are called while the replicas are waited for: neither holds up the other.
      const [confirmation, elsewhere] = await Promise.all([
        ground.confirmed(position),
        Promise.all(parts.map((part) => part.elsewhere?.finish() ?? [])),
      ])
      const at = new Date(ground.now()).toISOString()
      const targets = [...here(counts, confirmation, at), ...elsewhere.flat()]
      note({ confirmed: confirmation.confirmed, partial: partialIn(targets) })
      return {
        subject,
        position,
        confirmed: confirmation.confirmed,
        confirmed_at: confirmation.confirmed ? at : null,
        replicas: confirmation.replicas.map(({ id, state }) => ({ id, state })),
        targets,
        new_sign_ins: afterwards.new_sign_ins,
        release: afterwards.release,
      }
    },
  })

// The row of a task may be gone before the last token that names it: every well-formed id may be one.
async function isKnown({ holders }: LogoutGround, subject: LogoutSubject): Promise<boolean> {
  if (subject.type === 'task') return isId('task', subject.id)
  for (const holder of holders()) if (await holder.knows(subject)) return true
  return false
}

const partialIn = (targets: readonly LogoutTarget[]): string[] =>
  targets.filter(({ result }) => result !== 'revoked').map(({ system, result }) => `${system}:${result}`)

async function endHere(ground: LogoutGround, { hold, ...subject }: LogoutSubject & { reason: string; hold: boolean }) {
  let position = 0
  const ended = await ground.database.transaction(async (tx) => {
    tx.committed((at) => {
      position = at ?? 0
    })
    revoke(tx, subject.id, 'universal_logout')
    const holders = ground.holders()
    const afterwards = hold ? await holdSubject(holders, tx, { ...subject, at: new Date(ground.now()) }) : AT_ONCE
    return { afterwards, parts: await endWhatIsHeld(holders, tx, subject) }
  })
  return { ...ended, position }
}

const AT_ONCE: Afterwards = { new_sign_ins: 'work_at_once', release: null }

const TOKENS: EndedCount = {
  system: 'tokens',
  count: 0,
  detail: 'Tokens are not counted: every one that stands on this subject is dead.',
}

const here = (counts: readonly EndedCount[], { confirmed }: Confirmation, at: string): LogoutTarget[] =>
  [...counts, TOKENS].map(({ system, count, detail }) => ({
    system,
    count,
    result: confirmed ? 'revoked' : 'pending',
    ...(detail !== undefined && { detail }),
    ...(confirmed && { verified_at: at }),
  }))

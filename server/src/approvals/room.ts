// A person is asked, out of band, and answers: as one value.
import type { Agents } from '../agents/index.ts'
import type { People } from '../directory/index.ts'
import type { Decision, Question } from '../kernel/decision.ts'
import type { Principal } from '../kernel/principal.ts'
import { nothing, type Ports, type Room } from '../pipeline/index.ts'
import { asker, type TermsOf } from './ask.ts'
import { endApprovals } from './ending.ts'
import type { ApprovalGround } from './ground.ts'
import { NOTIFY, notifier } from './notify.ts'
import { type Requesting, requesting } from './requesting.ts'
import { expireApprovals, trimApprovals } from './retention.ts'
import { approvalRoutes } from './routes.ts'
import { endApprovalsOfBefore } from './store.ts'
import { watchApprovals } from './watching.ts'

export interface ApprovalsGiven {
  people: People
  agents: Agents
  decide(principal: Principal, question: Question): Decision
  /** Who must be asked, and for how long. */
  termsOf: TermsOf
}

export interface ApprovalsDoor {
  ask: NonNullable<Ports['ask']>
  requests: Requesting
}

// For some twenty minutes: a mail server that is restarted must not cost anybody their notice.
const NOTIFY_RETRIES = 8

export const approvalsRoom: Room<ApprovalsGiven, ApprovalsDoor> = {
  name: 'approvals',
  migrations: new URL('./migrations/', import.meta.url),
  sealed: ['sealed', 'summary'].map((column) => ({ table: 'approvals', id: 'id', column })),
  transient: [],
  restored: endApprovalsOfBefore,
  open({ issuer, database, sealing, revocations, now, mail, enqueue }, { people, agents, decide, termsOf }) {
    const watching = watchApprovals()
    const ground: ApprovalGround = {
      issuer,
      database,
      sealing,
      people,
      agents,
      revocations,
      watching,
      announce: async (tx, id) => void (await enqueue(NOTIFY, { id }, { tx, key: id, retries: NOTIFY_RETRIES })),
      seesAll: (principal) => decide(principal, { action: 'read', resource: 'approvals' }).answer === 'permit',
      now,
    }
    return {
      door: { ask: asker(ground, termsOf), requests: requesting(ground) },
      follows: [watching],
      routes: () => [approvalRoutes(ground)],
      mount: nothing,
      jobs: [
        { name: NOTIFY, every: undefined, handler: notifier(ground, mail) },
        {
          name: 'approvals.expire',
          every: 30,
          handler: () => database.transaction((tx) => expireApprovals(tx, now())),
        },
      ],
      trim: trimApprovals,
      holds: {
        knows: () => false,
        end: async (tx, { id }) => ({
          ended: [{ system: 'approvals', count: await endApprovals(tx, id, new Date(now())) }],
        }),
      },
      start: nothing,
      drain: () => undefined,
      cutOff: nothing,
      stop: nothing,
    }
  },
}

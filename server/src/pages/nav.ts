// Where in the console a person may go, and how much waits for them.
import type { Nav } from '@mandate/console'
import type { ApprovalsWaiting } from '@mandate/contract'
import type { Visit } from './visit.ts'

interface Place {
  name: string
  path: string
  /** What must be mounted for the place to be there. */
  operation: string
  /** What a role must cover; nobody needs a role for what is their own. */
  scope?: string
  about: string
}

const PLACES: readonly Place[] = [
  { name: 'Home', path: '/', operation: 'authentication.get-me', about: '' },
  { name: 'Approvals', path: '/approvals', operation: 'approvals.list-approvals', about: '' },
  { name: 'My agents', path: '/my/agents', operation: 'oauth.list-my-agents', about: '' },
  {
    ...{ name: 'Agents', path: '/agents', operation: 'agents.list-agents', scope: 'agents:read' },
    about: 'Every agent that is known here: who answers for it, what it may do, and stopping it.',
  },
  {
    ...{ name: 'Audit', path: '/audit', operation: 'audit.list-events', scope: 'audit:read' },
    about: 'What was tried, by whom and for whom, and how it ended.',
  },
]

async function open(visit: Visit): Promise<Place[]> {
  const judged = await Promise.all(
    PLACES.map(async (place) => ({
      place,
      open: visit.mounted(place.operation) && (place.scope === undefined || (await visit.holds(place.scope))),
    })),
  )
  return judged.flatMap(({ place, open }) => (open ? [place] : []))
}

/** The places that need a role, with what they are for. */
export const placesOf = async (visit: Visit): Promise<Place[]> =>
  (await open(visit)).filter(({ scope }) => scope !== undefined)

/** How many requests the person may answer now; undefined where nobody can be asked. */
export async function waitingOf(visit: Visit): Promise<number | undefined> {
  return (await visit.may<ApprovalsWaiting>('approvals.count-approvals'))?.waiting
}

export async function navOf(visit: Visit, path: string): Promise<Nav> {
  const [me, places, waiting] = await Promise.all([visit.me(), open(visit), waitingOf(visit)])
  const at = places.map((place) => place.path).filter((place) => place !== '/' && path.startsWith(place))
  return {
    person: me.name ?? me.email,
    places: places.map(({ name, path }) => ({
      ...{ name, path },
      ...(path === '/approvals' && waiting !== undefined && { count: waiting }),
    })),
    at: at[0] ?? (path === '/' ? '/' : ''),
  }
}

// Being told that something changed, for as long as one's session or token counts.
import { z } from 'zod'
import type { Sessions } from '../../authentication/index.ts'
import type { Principal } from '../../kernel/principal.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import type { EventsHub } from './hub.ts'
import type { Listener } from './model.ts'

export interface Listening {
  hub: EventsHub
  sessions: Pick<Sessions, 'live'>
  /** Up to where this replica has applied the change log. */
  position(): number
}

export interface Admitted {
  principal: Principal
  since: number
  attend(listener: Listener): () => void
}

export const listenToEvents = ({ hub, sessions, position }: Listening) =>
  operation({
    id: 'pages.listen-to-events',
    summary: 'Be told, as server-sent events, that something changed.',
    audit: 'read',
    /** `after`: when the page was made that listens, milliseconds since the epoch. */
    input: z.strictObject({ after: z.coerce.number().int().min(0).optional() }),
    output: z.custom<Admitted>((value) => typeof value === 'object'),
    asks: () => [{ action: 'listen', resource: 'self:events' }],
    async reach({ principal }, { after }) {
      // The position first: what ends the session after the look below has a higher one, and ends the stream.
      const since = position()
      if (principal.session !== undefined && !(await sessions.live(principal.session)))
        throw new Problem('unauthenticated', { detail: 'Sign in first.' })
      return { principal, since, attend: (listener) => hub.attend(listener, after) }
    },
  })

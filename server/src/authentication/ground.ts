// What the room's operations stand on.

import type { Page } from '@mandate/console'
import { z } from 'zod'
import type { People } from '../directory/index.ts'
import type { Database } from '../platform/database/index.ts'
import type { SessionKeeping } from './sessions.ts'

export interface Ground {
  database: Database
  sessions: SessionKeeping
  people: People
  issuer: string
  /** Up to where this replica has applied the change log. */
  position(): number
}

export const PageOutput = z.custom<Page>((value) => typeof value === 'object')

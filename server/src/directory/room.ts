// Who exists, as one value.
import { nothing, type Room } from '../pipeline/index.ts'
import type { People } from './model.ts'
import type { PasswordKeeping } from './operations/create-user.ts'
import type { Leaving } from './operations/set-user-status.ts'
import { followPeople } from './people.ts'
import { directoryRoutes } from './routes.ts'

export interface DirectoryGiven {
  passwords: PasswordKeeping
  leaving: Leaving
}

export const directoryRoom: Room<DirectoryGiven, { people: People }> = {
  name: 'directory',
  migrations: new URL('./migrations/', import.meta.url),
  sealed: [],
  transient: [],
  restored: nothing,
  open(_, { passwords, leaving }) {
    const people = followPeople()
    return {
      door: { people },
      follows: [people],
      routes: () => [directoryRoutes(passwords, leaving)],
      mount: nothing,
      jobs: [],
      trim: nothing,
      holds: {
        knows: ({ type, id }) => type === 'user' && people.person(id as `usr_${string}`) !== undefined,
        end: async () => ({ ended: [] }),
      },
      start: nothing,
      drain: () => undefined,
      cutOff: nothing,
      stop: nothing,
    }
  },
}

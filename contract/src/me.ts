// What the signed-in person sees and may take back.
import { z } from 'zod'
import { Role } from './directory.ts'

/** Who is signed in. */
export const Me = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string().nullable(),
  roles: z.array(Role),
})
export type Me = z.infer<typeof Me>

/** An agent that may act for the person: by their own yes, or because an administrator assigned it. */
export const MyAgent = z.object({
  id: z.string(),
  name: z.string(),
  purpose: z.string(),
  status: z.string(),
  by: z.enum(['consent', 'assignment']),
  /** When the person said yes; null where an administrator assigned it. */
  since: z.iso.datetime().nullable(),
  /** The people who answer for it now. */
  owners: z.array(z.object({ id: z.string(), name: z.string() })),
})
export type MyAgent = z.infer<typeof MyAgent>
export const MyAgents = z.object({ items: z.array(MyAgent), next_cursor: z.null() })

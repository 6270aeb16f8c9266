// What the signed-in person sees and may take back.
import { z } from 'zod'

/** An agent that may act for the person: by their own yes, or because an administrator assigned it. */
export const MyAgent = z.object({
  id: z.string(),
  name: z.string(),
  purpose: z.string(),
  status: z.string(),
  by: z.enum(['consent', 'assignment']),
})
export const MyAgents = z.object({ items: z.array(MyAgent), next_cursor: z.null() })

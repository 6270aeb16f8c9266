// People, groups and roles.
import { z } from 'zod'
import { UserId } from './ids.ts'

export const ROLES = ['admin', 'security', 'auditor', 'developer'] as const
export const Role = z.enum(ROLES)
export type Role = z.infer<typeof Role>

const name = z.string().trim().min(1, 'must not be empty').max(200)
const email = z
  .email('must be an e-mail address')
  .max(254)
  .transform((address) => address.toLowerCase())
export const Population = z.enum(['workforce', 'customer'])

export const NewUser = z.strictObject({
  email,
  name: name.optional(),
  password: z.string().min(12, 'must have 12 characters or more').max(1024).optional(),
  population: Population.default('workforce'),
})

export const User = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string().nullable(),
  population: Population,
  status: z.enum(['active', 'deactivated']),
  created_at: z.iso.datetime(),
})

export const NewGroup = z.strictObject({ name })
export const Group = z.object({ id: z.string(), name: z.string(), created_at: z.iso.datetime() })

export const RoleMembers = z.object({ roles: z.array(z.object({ role: Role, members: z.array(UserId) })) })

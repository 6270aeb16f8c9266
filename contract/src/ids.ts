// Ids as the outside sees them: opaque strings with a prefix (CONTRACT §2).
import { z } from 'zod'

const id = <P extends string>(prefix: P) =>
  z.custom<`${P}_${string}`>(
    (value) => typeof value === 'string' && value.startsWith(`${prefix}_`) && /^[0-9A-Za-z_-]{5,64}$/.test(value),
    `must be an id that starts with ${prefix}_`,
  )

export const UserId = id('usr')
export const GroupId = id('grp')
export const AgentId = id('agt')
export const ClientId = id('cli')
export const ResourceId = id('res')
export const ConnectionId = id('con')
export const ApprovalId = id('apr')
export const AccountId = id('acc')

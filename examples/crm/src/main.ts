// Starts the CRM, and says where it is, who may sign in, and what opens it.
import { createCrm } from './crm.ts'
import { seededUsers } from './seed.ts'

const { PORT_CRM = '4104', CRM_CLIENT_SECRET, ...given } = process.env
const client = {
  id: given.CRM_CLIENT_ID || 'demo-crm-client',
  secret: CRM_CLIENT_SECRET || 'demo-crm-secret',
  name: given.CRM_CLIENT_NAME || 'Mandate',
  redirect_uris: (given.CRM_REDIRECT_URIS || 'http://localhost:4000/connect/crm/callback').split(' '),
}

const users = seededUsers()
const crm = createCrm({ clients: [client], users, issuer: given.CRM_ISSUER || undefined })
const { url } = await crm.start(Number(PORT_CRM))

// Before the first line is printed: whoever reads it may stop us at once.
let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  await crm.close()
  process.exit(0)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)

// A secret of one's own choosing is not for the terminal; those of the demo are.
console.log(`CRM          ${url}`)
console.log(`client       ${client.id} / ${CRM_CLIENT_SECRET ? '(yours)' : client.secret}`)
console.log(`answers go   ${client.redirect_uris.join(' ')}`)
for (const { email, password } of users) console.log(`person       ${email} / ${password}`)

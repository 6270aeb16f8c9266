// `npm run demo`: a customer-service agent at work, from the first question to the stop, in a house of its own that is
// thrown away afterwards. `--fast` waits for nobody and ends by itself.
import { letAct, openBrowser, type Stage, working } from './cast.ts'
import { startMandate } from './server.ts'
import { account } from './story/account.ts'
import { reading } from './story/reading.ts'
import { refunds } from './story/refunds.ts'
import { proof, stopping } from './story/stopping.ts'
import { theft } from './story/theft.ts'
import { telling } from './telling.ts'
import { setUp, startSystems } from './world.ts'

const MINIMUM_NODE = 24
if (Number(process.versions.node.split('.')[0]) < MINIMUM_NODE) {
  console.error(`demo: needs Node ${MINIMUM_NODE}, this is ${process.versions.node}; start it with npm run demo`)
  process.exit(1)
}

const fast = process.argv.includes('--fast')
const tell = telling(process.stdout)
const closing: (() => Promise<unknown>)[] = []

let closed: Promise<void> | undefined

// Once, however often it is asked for: an interrupt breaks the story off, which then ends by itself as well.
function close(): Promise<void> {
  closed ??= (async () => {
    for (const end of closing.splice(0).reverse()) await end().catch(() => undefined)
  })()
  return closed
}

// Not once: a second interrupt would end the process before it has removed what it made.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, async () => {
    await close()
    process.exit(0)
  })

async function open(): Promise<Stage> {
  tell.chapter('The scene')
  const server = await tell.working('Mandate starts, with an empty database of its own', () =>
    startMandate(fast ? 0 : 4000),
  )
  closing.push(server.stop)
  const systems = await tell.working('an orders system and a CRM start: the shop’s, and another company’s', () =>
    startSystems(server.issuer),
  )
  closing.push(systems.close)
  const world = await tell.working('people, an agent, and what it may do are set up through the API', () =>
    setUp(server, systems),
  )
  const { issuer } = server
  const [dana, priya, olu] = await Promise.all(
    [world.dana, world.priya, world.olu].map((person) => openBrowser(issuer, person)),
  )
  if (!dana || !priya || !olu) throw new Error('somebody could not sign in')
  if (!fast)
    tell.went('note', `Look on while it happens: ${issuer} as ${world.olu.email}, password ${world.olu.password}`)
  const settings = await letAct(server, world, dana)
  tell.says('Dana', '(signs in, reads what Refund bot is and who answers for it, and lets it act for her)')
  const agent = working(settings)
  closing.push(async () => {
    for (const one of Object.values(agent)) await one.close()
  })
  return { server, systems, world, tell, fast, agent, browsers: { dana, priya, olu } }
}

const begun = performance.now()
try {
  const stage = await open()
  for (const chapter of [reading, refunds, account, theft, stopping, proof]) await chapter(stage)
  const { issuer, admin } = stage.server
  process.stdout.write(`\nThe story took ${Math.round((performance.now() - begun) / 1000)} s.\n`)
  if (!fast) {
    const { olu, priya, dana } = stage.world
    process.stdout.write(`
It all stays up to look around: ${issuer}
  ${olu.email}    answers for the agent: agents, audit
  ${priya.email}  answers approvals
  ${dana.email}   the customer: my agents, my accounts
    (each with the password ${olu.password})
  ${admin.email}    administers; password ${admin.password}
Ctrl-C ends it and removes everything.
`)
    await new Promise(() => undefined)
  }
} catch (error) {
  process.stderr.write(`\ndemo: ${(error as Error).message}\n`)
  process.exitCode = 1
}
await close()

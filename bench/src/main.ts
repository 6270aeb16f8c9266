// `npm run bench [-- name…]`: every claim about speed as a command. Figures are medians of rounds that take turns.
import { cpus } from 'node:os'
import { audit } from './benchmarks/audit.ts'
import { decision } from './benchmarks/decision.ts'
import { exchange } from './benchmarks/exchange.ts'
import { gateway } from './benchmarks/gateway.ts'
import { relationshipParts, relationshipProfile, relationships } from './benchmarks/relationships.ts'
import { vault } from './benchmarks/vault.ts'
import { profile } from './profile.ts'

const BENCHMARKS: Readonly<Record<string, () => Promise<void>>> = {
  ...{ gateway, exchange, audit, relationships, decision, vault },
}
/** Run only when named. */
const ON_REQUEST: Readonly<Record<string, () => Promise<void>>> = {
  ...{ profile, ...relationshipProfile, ...relationshipParts },
}

const known = { ...BENCHMARKS, ...ON_REQUEST }
const named = process.argv.slice(2)
const unknown = named.find((name) => !Object.hasOwn(known, name))
if (unknown !== undefined) {
  console.error(`there is no benchmark ${unknown}; there are ${Object.keys(known).join(', ')}`)
  process.exit(1)
}

const [cpu] = cpus()
console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpu?.model ?? 'unknown processor'}`)
if (!process.env.TEST_DATABASE_URL) console.log('TEST_DATABASE_URL is not set: the embedded database only')
for (const name of named.length > 0 ? named : Object.keys(BENCHMARKS)) await known[name]?.()

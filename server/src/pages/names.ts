// The names behind ids, as far as the reader may know them: asked by the road like everything else.
import type { Names } from '@mandate/console'
import type { Visit } from './visit.ts'

interface Kind {
  prefix: string
  list: string
  one: string
}

const KINDS: readonly Kind[] = [
  { prefix: 'agt_', list: 'agents.list-agents', one: 'agents.get-agent' },
  { prefix: 'usr_', list: 'directory.list-users', one: 'directory.get-user' },
  { prefix: 'grp_', list: 'directory.list-groups', one: '' },
  { prefix: 'con_', list: 'connections.list-connections', one: 'connections.get-connection' },
  { prefix: 'res_', list: 'connections.list-resources', one: 'connections.get-resource' },
]
/** Names that are looked up one by one where the list did not have them. */
const MOST_SINGLE = 40

interface Named {
  id: string
  name: string | null
  email?: string
}

const entry = ({ id, name, email }: Named): [string, string] => [id, name ?? email ?? id]

/** Names of `ids`; kinds in `whole` are listed even where no id of theirs is asked for. */
export async function namesOf(visit: Visit, ids: readonly string[], whole: readonly string[] = []): Promise<Names> {
  const names = new Map<string, string>()
  for (const { prefix, list, one } of KINDS) {
    const wanted = [...new Set(ids.filter((id) => id.startsWith(prefix)))]
    if (wanted.length === 0 && !whole.includes(prefix)) continue
    const listed = await visit.may<{ items: Named[] }>(list, { limit: 200 })
    for (const item of listed?.items ?? []) names.set(...entry(item))
    // Who may not see the list may not see one either.
    const missing = listed && one !== '' ? wanted.filter((id) => !names.has(id)).slice(0, MOST_SINGLE) : []
    for (const id of missing) {
      const item = await visit.may<Named>(one, { id })
      if (item) names.set(...entry(item))
    }
  }
  return names
}

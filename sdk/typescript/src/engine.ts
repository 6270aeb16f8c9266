// The questions of a retrieval, asked of the OpenFGA API at `<issuer>/fga`. Whatever is not a plain answer throws.
import { Refused } from './refusals.ts'

export interface EngineSettings {
  /** `<issuer>/fga` */
  url: string
  store: string
  /** The newest model without it. */
  model?: string
  /** A token of a client that may ask; see `clientCredentials`. An agent's token is not one. */
  token(): string | Promise<string>
  /** Whether every agent of the chain must have the relation, too, as `agent:<id>`. Only the person without it. */
  agentsToo?: boolean
  timeoutMs?: number
  fetch?: typeof fetch
}

export interface Question {
  user: string
  relation: string
  object: string
}

interface TupleChange {
  tuple_key: Question
  operation: string
}

export interface Engine {
  readonly store: string
  readonly agentsToo: boolean
  /** Answers in the order of the questions; equal ones are asked once. */
  check(questions: readonly Question[]): Promise<boolean[]>
  /** Every object, pages followed to the end. Throws `too_many` beyond `most`. */
  listObjects(asked: { user: string; relation: string; type: string; most: number }): Promise<string[]>
  /** Everyone in a userset such as `team:sales#member`. Throws where not all of them can be named. */
  listMembers(userset: string, most: number): Promise<string[]>
  /** What was written since, up to now, and where to go on. */
  changes(after: string): Promise<{ changes: TupleChange[]; after: string }>
  /** The model that questions are asked under: the one that was set, or the newest. */
  modelAsked(): Promise<Model>
}

export interface Model {
  id: string
  type_definitions: {
    type: string
    relations?: Record<string, unknown> | null
    metadata?: {
      relations?: Record<string, { directly_related_user_types?: { type: string; relation?: string }[] } | null> | null
    } | null
  }[]
}

const CHECKS_AT_ONCE = 1000
const PAGE = 1000
const CHANGES_PAGE = 100

export function engine(settings: EngineSettings): Engine {
  const { store, model, agentsToo = false, timeoutMs = 10_000, fetch: ask = fetch } = settings
  const inStore = `/stores/${encodeURIComponent(store)}`
  const asking = { consistency: 'HIGHER_CONSISTENCY', ...(model !== undefined && { authorization_model_id: model }) }

  /** `seen` is carried along one retrieval: what is asked later is never answered from before what was seen. */
  async function call(path: string, { body, seen }: { body?: object; seen: Seen }): Promise<Record<string, unknown>> {
    try {
      const headers = {
        authorization: `Bearer ${await settings.token()}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(seen.position !== undefined && { 'x-mandate-at-least': seen.position }),
      }
      const answer = await ask(`${settings.url.replace(/\/$/, '')}${inStore}${path}`, {
        ...{ method: body ? 'POST' : 'GET', headers, signal: AbortSignal.timeout(timeoutMs), redirect: 'error' },
        ...(body && { body: JSON.stringify(body) }),
      })
      const said: unknown = await answer.json()
      if (!answer.ok || typeof said !== 'object' || said === null)
        throw new Refused('engine_failed', `The engine answered ${answer.status} ${codeIn(said)}.`)
      seen.position = answer.headers.get('x-mandate-position') ?? seen.position
      return said as Record<string, unknown>
    } catch (cause) {
      if (cause instanceof Refused) throw cause
      throw new Refused('engine_failed', 'The engine could not be asked.', { cause })
    }
  }

  async function asked(): Promise<Model> {
    const path = model === undefined ? '?page_size=1' : `/${encodeURIComponent(model)}`
    const said = await call(`/authorization-models${path}`, { seen: {} })
    const [newest] = Array.isArray(said.authorization_models) ? said.authorization_models : []
    const found: Model | undefined = model === undefined ? newest : said.authorization_model
    if (!Array.isArray(found?.type_definitions)) throw new Refused('engine_failed', 'The store has no model.')
    return found
  }

  return {
    ...{ store, agentsToo },
    async check(questions) {
      const distinct = [...new Map(questions.map((question) => [keyOf(question), question]))]
      const allowed = new Map<string, boolean>()
      const seen: Seen = {}
      for (let at = 0; at < distinct.length; at += CHECKS_AT_ONCE) {
        const batch = distinct.slice(at, at + CHECKS_AT_ONCE)
        const checks = batch.map(([, tuple_key], index) => ({ tuple_key, correlation_id: String(index) }))
        const { result } = await call('/batch-check', { body: { ...asking, checks }, seen })
        for (const [index, [key]] of batch.entries()) allowed.set(key, allowedIn(result, String(index)))
      }
      return questions.map((question) => allowed.get(keyOf(question)) === true)
    },

    async listObjects({ user, relation, type, most }) {
      const found = new Set<string>()
      const seen: Seen = {}
      let continuation_token = ''
      do {
        const page = { page_size: PAGE, ...(continuation_token && { continuation_token }) }
        const said = await call('/list-objects', { body: { ...asking, user, relation, type, ...page }, seen })
        const before = found.size
        for (const object of textsIn(said.objects)) found.add(idIn(object, type))
        if (found.size > most) throw new Refused('too_many', `There are more than ${most} objects of type ${type}.`)
        continuation_token = typeof said.continuation_token === 'string' ? said.continuation_token : ''
        if (continuation_token && found.size === before)
          throw new Refused('engine_failed', 'The list of objects does not end.')
      } while (continuation_token)
      return [...found]
    },

    async listMembers(userset, most) {
      const [, type, id, relation] = /^([^:#\s]+):([^:#\s]+)#([^:#\s]+)$/.exec(userset) ?? []
      if (!type || !id || !relation)
        throw new Refused('audience_unknown', 'A userset is written type:id#relation, such as team:sales#member.')
      // Agents read for their people, and count where the agents of a principal do.
      const kinds = kindsIn(await asked()).filter((kind) => agentsToo || kind !== 'agent')
      const members: string[] = []
      const seen: Seen = {}
      for (const kind of new Set(['user', ...kinds])) {
        const body = { ...asking, object: { type, id }, relation, user_filters: [{ type: kind }] }
        const { users } = await call('/list-users', { body, seen })
        if (!Array.isArray(users)) throw new Refused('engine_failed', 'The engine did not answer with a list.')
        for (const user of users as { object?: { type?: unknown; id?: unknown } }[]) {
          // Guests and services read, too, but are nobody who could be asked about here.
          const isReader = kind === 'user' || kind === 'agent'
          if (!isReader || user?.object?.type !== kind || typeof user.object.id !== 'string')
            throw new Refused('audience_unknown', `Not everyone in ${userset} can be named.`)
          members.push(`${kind}:${user.object.id}`)
        }
      }
      if (members.length > most) throw new Refused('too_many', `${userset} has more than ${most} members.`)
      return members
    },

    async changes(after) {
      const changes: TupleChange[] = []
      const seen: Seen = {}
      for (;;) {
        const query = new URLSearchParams({
          page_size: String(CHANGES_PAGE),
          ...(after && { continuation_token: after }),
        })
        const said = await call(`/changes?${query}`, { seen })
        if (!Array.isArray(said.changes)) throw new Refused('engine_failed', 'The engine did not answer with changes.')
        if (said.changes.length === 0) return { changes, after }
        changes.push(...(said.changes as TupleChange[]))
        const next = said.continuation_token
        if (typeof next !== 'string' || next === '' || next === after)
          throw new Refused('engine_failed', 'The list of changes does not go on.')
        after = next
      }
    },

    modelAsked: asked,
  }
}

/** Types that may stand in a relation themselves, and not as a group of others. */
const kindsIn = ({ type_definitions }: Model): string[] =>
  type_definitions.flatMap(({ metadata }) =>
    Object.values(metadata?.relations ?? {}).flatMap((relation) =>
      (relation?.directly_related_user_types ?? []).flatMap((of) => (of.relation ? [] : [of.type])),
    ),
  )

interface Seen {
  position?: string
}

const keyOf = ({ user, relation, object }: Question): string => JSON.stringify([user, relation, object])

function allowedIn(result: unknown, correlation: string): boolean {
  const one = (result as Record<string, { allowed?: unknown } | undefined> | undefined)?.[correlation]
  if (typeof one?.allowed !== 'boolean')
    throw new Refused('engine_failed', `The engine did not answer every question: ${codeIn(one)}.`)
  return one.allowed
}

function textsIn(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((text) => typeof text === 'string'))
    throw new Refused('engine_failed', 'The engine did not answer with a list.')
  return value
}

function idIn(object: string, type: string): string {
  if (!object.startsWith(`${type}:`)) throw new Refused('engine_failed', 'The engine listed objects of another type.')
  return object.slice(type.length + 1)
}

/** The code of a refusal, never its words: they may name what was asked. */
function codeIn(said: unknown): string {
  const { code, error } = (said ?? {}) as { code?: unknown; error?: { input_error?: unknown } }
  const found = code ?? error?.input_error
  return typeof found === 'string' ? found : ''
}

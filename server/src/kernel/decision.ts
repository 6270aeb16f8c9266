// One question, three answers, and how answers combine (ADR 0005).
export interface Question {
  /** The literal act asked for: a tool's name, `METHOD /path`, or an operation's verb. */
  action: string
  /** What it is done to: `connection:con_…`, `resource:res_…`, `agent:agt_…`, `order:42`. */
  resource: string
  context?: Readonly<Record<string, unknown>>
}

export type Decision =
  | { answer: 'permit' }
  | { answer: 'ask'; policies: readonly string[]; reasons: readonly string[] }
  | { answer: 'deny'; reasons: readonly string[] }

export const permit: Decision = { answer: 'permit' }
export const deny = (...reasons: string[]): Decision => ({ answer: 'deny', reasons })

const rank = { permit: 0, ask: 1, deny: 2 } as const

/** The strictest of the answers, reasons joined; nothing said means deny. Order-free and associative. */
export function strictest(decisions: readonly Decision[]): Decision {
  if (decisions.length === 0) return deny('nothing_said')
  if (decisions.length === 1 && decisions[0]?.answer === 'permit') return permit
  const worst = decisions.reduce((a, b) => (rank[b.answer] > rank[a.answer] ? b : a)).answer
  if (worst === 'permit') return permit
  const same = decisions.filter((d) => d.answer === worst)
  const reasons = [...new Set(same.flatMap((d) => ('reasons' in d ? d.reasons : [])))].sort()
  if (worst === 'deny') return { answer: 'deny', reasons }
  const policies = [...new Set(same.flatMap((d) => (d.answer === 'ask' ? d.policies : [])))].sort()
  return { answer: 'ask', policies, reasons }
}

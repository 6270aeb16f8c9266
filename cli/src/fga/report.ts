// How a store's tests went, as the field's own tool prints it.
import type { StoreFile, StoreTest } from './store-file.ts'

/** What the engine answered, question by question in the order of the file; a text is why it did not answer. */
export interface Answered {
  check: (boolean | string)[]
  list_objects: (string[] | string)[]
  list_users: (string[] | string)[]
}

export interface Report {
  text: string
  passed: boolean
}

const KINDS = [
  ['check', 'Check', 'Checks'],
  ['list_objects', 'ListObjects', 'ListObjects'],
  ['list_users', 'ListUsers', 'ListUsers'],
] as const

export function reportOf({ tests }: Pick<StoreFile, 'tests'>, answered: readonly Answered[]): Report {
  const lines: string[] = []
  const totals = new Map(KINDS.map(([kind]) => [kind, { passed: 0, all: 0 }]))
  let passedTests = 0
  for (const [at, test] of tests.entries()) {
    const results = KINDS.map(([kind, one]) => ({ kind, ...resultsOf(test, answered[at], { kind, one }) }))
    for (const { kind, passed, all } of results) {
      const total = totals.get(kind)
      if (!total) continue
      total.passed += passed
      total.all += all
    }
    const failing = results.some(({ passed, all }) => passed < all)
    if (!failing) {
      passedTests += 1
      continue
    }
    const counts = results
      .filter(({ all }) => all > 0)
      .map(({ kind, passed, all }) => `${pluralOf(kind)} (${passed}/${all} passing)`)
    lines.push(`(FAILING) ${test.name}: ${counts.join(' | ')}`, ...results.flatMap(({ failures }) => failures), '---')
  }
  lines.push('# Test Summary #', `Tests ${passedTests}/${tests.length} passing`)
  for (const [kind, , plural] of KINDS) {
    const { passed, all } = totals.get(kind) ?? { passed: 0, all: 0 }
    if (all > 0) lines.push(`${plural} ${passed}/${all} passing`)
  }
  return { text: `${lines.join('\n')}\n`, passed: passedTests === tests.length }
}

const pluralOf = (kind: (typeof KINDS)[number][0]) => KINDS.find(([one]) => one === kind)?.[2] ?? kind

function resultsOf(
  test: StoreTest,
  answered: Answered | undefined,
  { kind, one }: { kind: (typeof KINDS)[number][0]; one: string },
) {
  const failures = test[kind].flatMap((question, at) => {
    const got = answered?.[kind][at] ?? 'no answer'
    if (same(question.expected, got)) return []
    const { expected, ...asked } = question
    const parts = Object.entries(asked).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`],
    )
    const isError = typeof got === 'string'
    return [
      `ⅹ ${one}(${parts.join(',')}): expected=${told(expected)}, ${isError ? `error=${got}` : `got=${told(got)}`}`,
    ]
  })
  return { failures, passed: test[kind].length - failures.length, all: test[kind].length }
}

const told = (value: unknown): string => (Array.isArray(value) ? `[${value.toSorted().join(' ')}]` : String(value))

const same = (expected: boolean | string[], got: boolean | string[] | string): boolean =>
  typeof got !== 'string' && told(expected) === told(got)

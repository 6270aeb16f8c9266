// docs/metrics.md: every metric, from server/src/platform/telemetry/metrics.ts.
import { load, madeFrom } from './load.ts'

type Declarations = Readonly<Record<string, { help: string; labels: readonly string[] }>>

const SOURCE = 'server/src/platform/telemetry/metrics.ts'

export async function metricsPage(root: string): Promise<ReadonlyMap<string, string>> {
  const { METRICS } = (await load(root, SOURCE)) as { METRICS?: Readonly<Record<string, Declarations>> }
  const rows = Object.entries(METRICS ?? {}).flatMap(([kind, declared]) =>
    Object.entries(declared).map(([name, { help, labels }]) => row(name, kind, { help, labels })),
  )
  if (rows.length === 0) throw new Error(`${SOURCE} exports no metrics`)
  return new Map([['docs/metrics.md', page(rows)]])
}

const page = (rows: readonly string[]): string => `${madeFrom(SOURCE)}

# Metrics

\`GET /metrics\` answers in the format of Prometheus, on the port of the server and without sign-in: keep it from the outside at the
reverse proxy. Beside these there are the usual ones of a Node process, such as \`mandate_process_cpu_seconds_total\` and
\`mandate_nodejs_eventloop_lag_p99_seconds\`. Labels never hold names of people, agents or records.

| metric | kind | labels | what it says |
|---|---|---|---|
${rows.join('\n')}
`

const row = (name: string, kind: string, { help, labels }: Declarations[string]): string =>
  `| \`mandate_${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ') || '–'} | ${help} |`

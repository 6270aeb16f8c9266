// docs/config.md: every setting, from server/src/config.ts.
import { load, madeFrom } from './load.ts'

interface Setting {
  variable: string
  key: string
  type: string
  default?: string
  description: string
  secret?: boolean
}

const SOURCE = 'server/src/config.ts'

export async function configPage(root: string): Promise<ReadonlyMap<string, string>> {
  const { settings } = (await load(root, SOURCE)) as { settings?: readonly Setting[] }
  if (settings === undefined || settings.length === 0) throw new Error(`${SOURCE} exports no settings`)
  return new Map([['docs/config.md', page(settings)]])
}

const page = (settings: readonly Setting[]): string => `${madeFrom(SOURCE)}

# Settings

Each setting is an environment variable, or a key of \`mandate.yaml\` in the folder the server is started in; the variable
wins. An unknown key, or a security option that is only half set, is a refusal to start. Values marked **secret** are
never logged; keep them out of files that are checked in.

| variable | key | type | default | what it does |
|---|---|---|---|---|
${settings.map(row).join('\n')}
`

function row({ variable, key, type, default: preset, description, secret }: Setting): string {
  const shown = preset === undefined ? '–' : preset === '' ? 'empty' : `\`${cell(preset)}\``
  return `| \`${variable}\` | \`${key}\` | ${cell(type)} | ${shown} | ${cell(description)}${secret ? ' **Secret.**' : ''} |`
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ')

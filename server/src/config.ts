// Every setting: its variable, its key in mandate.yaml, its rule, its default and its reason. docs/config.md is made from it.
import { existsSync, readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { rangeOf } from './platform/http/index.ts'

export interface Setting {
  variable: string
  key: string
  type: string
  default?: string
  description: string
  secret?: boolean
  schema: z.ZodType
}

const text = z.string().min(1)
const port = z.coerce.number().int().min(0).max(65_535)
const rate = z.coerce.number().int().min(1).max(1_000_000)
const milliseconds = z.coerce.number().int().min(100).max(600_000)
const hosts = z
  .union([z.array(text), text.transform((list) => list.split(',').map((host) => host.trim()))])
  .pipe(z.array(z.string().regex(/^[^\s/@?#]+$/, 'must be a host name or address, with a port at most')))
const networks = z
  .union([z.array(text), text.transform((list) => list.split(',').map((network) => network.trim()))])
  .pipe(z.array(z.string().refine((network) => rangeOf(network) !== undefined, 'must be addresses or CIDR ranges')))
const stdioServer = z.strictObject({
  command: text,
  args: z.array(z.string()).default([]),
  env: z.record(z.string(), z.string()).default({}),
  credential_variable: text.optional(),
})
const stdioServers = z
  .unknown()
  .transform((given, context) => (typeof given === 'string' ? parseJson(given, context) : given))
  .pipe(z.record(z.string().regex(/^[a-z0-9-]{1,40}$/), stdioServer))

const define = <const S extends Record<string, Omit<Setting, 'variable' | 'key'> & { variable?: string }>>(list: S) =>
  list

const definitions = define({
  port: { variable: 'PORT', type: 'port', default: '4000', description: 'Port to listen on.', schema: port },
  host: {
    variable: 'HOST',
    type: 'host',
    default: 'localhost',
    description: 'Address to listen on. The default is loopback only, IPv4 and IPv6.',
    schema: text,
  },
  issuer: {
    type: 'URL',
    default: 'http://localhost:$PORT',
    description:
      'The issuer, used byte for byte in tokens and metadata, with or without a trailing slash. Off loopback it must be https.',
    schema: text,
  },
  data_dir: {
    type: 'folder',
    default: './data',
    description: 'Folder of the embedded database and of the key file made for it. One process at a time.',
    schema: text,
  },
  database_url: {
    variable: 'DATABASE_URL',
    type: 'URL',
    description:
      'PostgreSQL to use instead of the embedded database. A master key is then mandatory. With a pooler, give a direct URL: LISTEN needs one.',
    secret: true,
    schema: z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL'),
  },
  master_key: {
    type: 'base64, 32 bytes',
    description:
      'Wraps every data key. Without it, and without DATABASE_URL, one is made in the data folder, mode 0600.',
    secret: true,
    schema: text,
  },
  master_key_file: {
    type: 'file',
    description: 'File that holds the master key, instead of the variable.',
    schema: text,
  },
  master_keys_also: {
    type: 'base64 list',
    description:
      'Further master keys that may open what they sealed, comma-separated: the next key before a rotation, the previous one after it.',
    secret: true,
    schema: text.transform((list) => list.split(',').map((key) => key.trim())),
  },
  max_staleness: {
    type: 'milliseconds',
    default: '1000',
    description: 'A replica that has not heard the change log for this long grants nothing.',
    schema: milliseconds,
  },
  allowed_private_hosts: {
    type: 'host list',
    default: '',
    description:
      'Hosts (with a port if wanted) that outbound requests may reach although they are private or loopback, comma-separated.',
    schema: z.union([z.literal('').transform(() => []), hosts]),
  },
  stdio_servers: {
    type: 'JSON object',
    default: '{}',
    description:
      'MCP servers that the gateway may start as child processes, by name: {"files": {"command": "npx", "args": ["…"], "env": {}, "credential_variable": "API_KEY"}}. A connection names one as its upstream, stdio:files. Commands come from the operator only, never from the API.',
    schema: stdioServers,
  },
  bootstrap_admin_email: {
    type: 'e-mail',
    description: 'First administrator; acts only on an empty database.',
    schema: z.email(),
  },
  bootstrap_admin_password: {
    type: 'text, 12 or more',
    description: 'Password of the first administrator.',
    secret: true,
    schema: z.string().min(12, 'must have 12 characters or more'),
  },
  bootstrap_client_id: {
    type: 'text',
    description:
      'First machine client: client_credentials, every audience, scope admin; acts only on an empty database.',
    schema: z.string().regex(/^[\x21-\x7e]{1,200}$/, 'must be printable ASCII without spaces'),
  },
  bootstrap_client_secret: {
    type: 'text, 32 or more',
    description: 'Secret of the first machine client.',
    secret: true,
    schema: z.string().min(32, 'must have 32 characters or more'),
  },
  fga_store: {
    type: 'ULID',
    description:
      'Relationship store that decides which records a person may see. Without it, connections that declare records withhold them all.',
    schema: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/, 'must be a ULID'),
  },
  relationships_memory: {
    type: 'bytes',
    default: '536870912',
    description:
      'Memory for relationship tuples, some 60 bytes each; the default holds about nine million. What was asked about least gives way to the rest. A single question that needs more than this gets it.',
    schema: z.coerce.number().int().min(1_048_576, 'must be 1048576 or more'),
  },
  smtp_url: {
    type: 'URL',
    description:
      'Mail server for telling people that they are asked: smtp://user:password@host:587 (STARTTLS, demanded off loopback) or smtps://. Without it they find it in their inbox here.',
    secret: true,
    schema: z.string().regex(/^smtps?:\/\/[^\s/?#]+\/?$/, 'must be an smtp:// or smtps:// URL without a path'),
  },
  mail_from: {
    type: 'address',
    default: 'Mandate <mandate@localhost>',
    description: 'Sender of mail.',
    schema: z.string().regex(/^[^\r\n]*[^\s@]+@[^\s@]+>?$/, 'must be an address'),
  },
  trusted_proxies: {
    type: 'CIDR list',
    default: '',
    description:
      'Addresses of the reverse proxies in front, comma-separated: 10.0.0.0/8,2001:db8::1. Who calls is then the right-most address in the forwarded header that is none of these. Without it everybody behind a proxy counts as one.',
    schema: z.union([z.literal('').transform((): string[] => []), networks]),
  },
  forwarded_header: {
    type: 'header',
    default: 'x-forwarded-for',
    description: 'The header in which the trusted proxies say where a request came from: x-forwarded-for or forwarded.',
    schema: z.enum(['x-forwarded-for', 'forwarded']),
  },
  api_rate: {
    type: 'requests a second',
    default: '500',
    description:
      'What one caller may ask of the management API and the console, sustained; twice as many at once. Beyond it the answer is 429 with Retry-After. Counted per replica, as are the other rates.',
    schema: rate,
  },
  fga_rate: {
    type: 'requests a second',
    default: '20000',
    description: 'What one caller may ask of the OpenFGA API; twice as many at once.',
    schema: rate,
  },
  gateway_rate: {
    type: 'requests a second',
    default: '5000',
    description: 'What one caller may send through the gateway, by MCP and HTTP together; twice as many at once.',
    schema: rate,
  },
  oauth_rate: {
    type: 'requests a second',
    default: '500',
    description: 'What one client may ask of the OAuth endpoints once it is authenticated; twice as many at once.',
    schema: rate,
  },
  anonymous_rate: {
    type: 'requests a second',
    default: '2',
    description:
      'What one network (an IPv4 address or an IPv6 /64) may send, sustained, to endpoints that need no sign-in, such as /authorize, /oauth/token and /sign-in. Requests whose caller turns out to be a signed-in person or an authenticated client do not count.',
    schema: rate,
  },
  anonymous_burst: {
    type: 'requests',
    default: '100',
    description: 'How many of those one network may send at once. It fills up again at MANDATE_ANONYMOUS_RATE.',
    schema: rate,
  },
  tls_cert: { type: 'file', description: 'Certificate chain, PEM.', schema: text },
  tls_key: { type: 'file', description: 'Key of the certificate, PEM.', schema: text },
  log_level: {
    type: 'level',
    default: 'info',
    description: 'trace, debug, info, warn, error or silent.',
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
  },
  otlp_endpoint: {
    type: 'URL',
    description: 'Where traces are sent, OTLP over HTTP. Without it no trace is made.',
    schema: z.url(),
  },
})

type Definitions = typeof definitions
export type ConfigKey = keyof Definitions

/** @public read by scripts/generate.ts */
export const settings: readonly Setting[] = Object.entries(definitions).map(([key, setting]) => ({
  variable: `MANDATE_${key.toUpperCase()}`,
  ...setting,
  key,
}))

type Optional = {
  [K in ConfigKey]: Definitions[K] extends { default: string }
    ? z.output<Definitions[K]['schema']>
    : z.output<Definitions[K]['schema']> | undefined
}
export type Config = Readonly<Optional>

/** One clear line, made to be printed alone. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Reads `mandate.yaml` in `folder` and the environment; variables win. Throws ConfigError with one clear line. */
export function readConfig(environment: NodeJS.ProcessEnv, folder: string): Config {
  const file = readFile(`${folder}/mandate.yaml`)
  refuseUnknown(environment, file)
  const values: Record<string, unknown> = {}
  for (const setting of settings) {
    const fromVariable = environment[setting.variable]
    const given = fromVariable !== undefined && fromVariable !== '' ? fromVariable : file[setting.key]
    const value = given ?? setting.default
    if (value === undefined) continue
    const result = setting.schema.safeParse(value)
    if (!result.success)
      throw new ConfigError(`${setting.variable}: ${result.error.issues[0]?.message ?? 'is not valid'}`)
    values[setting.key] = result.data
  }
  values.issuer = String(values.issuer).replace('$PORT', String(values.port))
  const config = values as unknown as Config
  refuseHalfSet(config)
  return config
}

function refuseUnknown(environment: NodeJS.ProcessEnv, file: Record<string, unknown>): void {
  const variables = new Set(settings.map(({ variable }) => variable))
  for (const name of Object.keys(environment))
    if (name.startsWith('MANDATE_') && !variables.has(name)) throw new ConfigError(`${name} is not a setting`)
  const keys = new Set(settings.map(({ key }) => key))
  for (const key of Object.keys(file))
    if (!keys.has(key)) throw new ConfigError(`mandate.yaml: ${key} is not a setting`)
}

function refuseHalfSet(config: Config): void {
  const pairs: [ConfigKey, ConfigKey][] = [
    ['bootstrap_admin_email', 'bootstrap_admin_password'],
    ['bootstrap_client_id', 'bootstrap_client_secret'],
    ['tls_cert', 'tls_key'],
  ]
  for (const [one, other] of pairs)
    if ((config[one] === undefined) !== (config[other] === undefined))
      throw new ConfigError(`${variableOf(one)} and ${variableOf(other)} go together; only one is set`)
  if (config.master_key !== undefined && config.master_key_file !== undefined)
    throw new ConfigError('MANDATE_MASTER_KEY and MANDATE_MASTER_KEY_FILE are both set; keep one')
  if (config.database_url !== undefined && config.master_key === undefined && config.master_key_file === undefined)
    throw new ConfigError('DATABASE_URL needs MANDATE_MASTER_KEY or MANDATE_MASTER_KEY_FILE')
  if (config.master_keys_also !== undefined && config.master_key === undefined && config.master_key_file === undefined)
    throw new ConfigError('MANDATE_MASTER_KEYS_ALSO needs MANDATE_MASTER_KEY or MANDATE_MASTER_KEY_FILE')
  refuseIssuer(config.issuer)
}

function refuseIssuer(issuer: string): void {
  if (!URL.canParse(issuer)) throw new ConfigError('MANDATE_ISSUER is not a URL')
  const url = new URL(issuer)
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '')
    throw new ConfigError('MANDATE_ISSUER must have no query, fragment or user')
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback))
    throw new ConfigError('MANDATE_ISSUER must be https off loopback')
  if (url.pathname !== '/') throw new ConfigError('MANDATE_ISSUER must have no path')
}

const variableOf = (key: ConfigKey): string => settings.find((setting) => setting.key === key)?.variable ?? key

function readFile(path: string): Record<string, unknown> {
  if (!existsSync(path)) return {}
  let content: unknown
  try {
    content = parseYaml(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new ConfigError(`mandate.yaml cannot be read: ${(error as Error).message.split('\n')[0]}`)
  }
  if (content === null || content === undefined) return {}
  if (typeof content !== 'object' || Array.isArray(content)) throw new ConfigError('mandate.yaml must be a mapping')
  return content as Record<string, unknown>
}

function parseJson(json: string, context: z.RefinementCtx): Record<string, unknown> {
  try {
    return JSON.parse(json)
  } catch {
    context.addIssue({ code: 'custom', message: 'must be a JSON object' })
    return z.NEVER
  }
}

/** Defaults for a house that lives in memory and listens on a free port: tests, benchmarks, generated documents. */
export function memoryConfig(more: Partial<Config> = {}): Config {
  const values: Record<string, unknown> = {}
  for (const { key, schema, default: value } of settings) if (value !== undefined) values[key] = schema.parse(value)
  return { ...values, port: 0, data_dir: '', issuer: 'http://localhost:4000', log_level: 'silent', ...more } as Config
}

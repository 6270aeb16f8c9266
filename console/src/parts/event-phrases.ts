// What operations are called in a sentence: when they were only asked for, and when they were done.

/** `asked` follows "asked to"; `did` follows the name. `{what}` is the thing it was about, `{act}` the act itself. */
export interface Phrase {
  asked: string
  did: string
}

const phrase = (asked: string, did: string): Phrase => ({ asked, did })

const PHRASES: Readonly<Record<string, Phrase>> = {
  'gateway.call-tool': phrase('use {act} at {what}', 'used {act} at {what}'),
  'gateway.proxy': phrase('use {act} at {what}', 'used {act} at {what}'),
  'gateway.list-tools': phrase('see what can be done at {what}', 'looked at what can be done at {what}'),
  'gateway.relay': phrase('connect to {what}', 'connected to {what}'),
  'gateway.listen': phrase('listen to {what}', 'listened to {what}'),
  'gateway.end-session': phrase('leave {what}', 'left {what}'),
  'agents.suspend-agent': phrase('stop {what}', 'stopped {what}'),
  'agents.activate-agent': phrase('let {what} act', 'let {what} act'),
  'agents.retire-agent': phrase('retire {what}', 'retired {what}'),
  'agents.update-agent': phrase('change {what}', 'changed {what}'),
  'agents.issue-credential': phrase('give a credential to {what}', 'gave a credential to {what}'),
  'agents.revoke-credential': phrase('end a credential of {what}', 'ended a credential of {what}'),
  'access.put-managed-connection': phrase('say what {what} may do', 'said what {what} may do'),
  'access.delete-managed-connection': phrase('take access from {what}', 'took access from {what}'),
  'authentication.sign-in': phrase('sign in', 'signed in'),
  'authentication.sign-out': phrase('sign out', 'signed out'),
  'authentication.set-up': phrase('become the first administrator', 'became the first administrator'),
  'authentication.get-me': phrase('see who is signed in', 'saw who is signed in'),
  'oauth.authorize': phrase('begin a sign-in', 'began a sign-in'),
  'oauth.authorize-resume': phrase('go on with a sign-in', 'went on with a sign-in'),
  'oauth.show-interaction': phrase('go on with a sign-in', 'went on with a sign-in'),
  'oauth.answer-interaction': phrase('answer whether an agent may act', 'answered whether an agent may act'),
  'oauth.token': phrase('get a token', 'got a token'),
  'oauth.withdraw-consent': phrase('take their yes back from an agent', 'took their yes back from an agent'),
  'oauth.list-my-agents': phrase('see the agents that act for them', 'looked at the agents that act for them'),
  'audit.list-events': phrase('look at the audit log', 'looked at the audit log'),
  'audit.export-log': phrase('export the audit log', 'exported the audit log'),
  'audit.record': phrase('record what happened', 'could not record everything'),
  'approvals.approve': phrase('approve a request', 'approved a request'),
  'approvals.deny': phrase('refuse a request', 'refused a request'),
  'approvals.list-approvals': phrase('see what waits for an answer', 'looked at what waits for an answer'),
  'approvals.count-approvals': phrase('see how much waits for an answer', 'looked at how much waits for an answer'),
  'approvals.get-approval': phrase('see a request', 'looked at a request'),
  'universal-logout.log-out': phrase('end everything that is held', 'ended everything that is held'),
  'pages.listen-to-events': phrase('follow what happens', 'followed what happens'),
}

const LOOKING: ReadonlySet<string> = new Set(['list', 'get', 'read', 'show', 'check', 'export'])
const PAST: Readonly<Record<string, string>> = {
  ...{ create: 'created', register: 'registered', update: 'changed', replace: 'replaced', put: 'set', add: 'added' },
  ...{ delete: 'deleted', remove: 'removed', revoke: 'revoked', withdraw: 'withdrew', disconnect: 'disconnected' },
  ...{ grant: 'granted', issue: 'issued', write: 'wrote', activate: 'activated', deactivate: 'deactivated' },
  ...{ reactivate: 'let back in', connect: 'connected', rotate: 'rotated', retire: 'retired' },
}

/** The phrase of an operation; made from its id (`room.verb-noun`) where it has none of its own. */
export function phraseOf(operation: string): Phrase {
  const known = Object.hasOwn(PHRASES, operation) ? PHRASES[operation] : undefined
  if (known) return known
  const [verb = '', ...rest] = (operation.split('.')[1] ?? operation).split('-')
  const noun = rest.join(' ')
  if (LOOKING.has(verb) && noun !== '') return phrase(`look at ${noun}`, `looked at ${noun}`)
  const past = Object.hasOwn(PAST, verb) ? PAST[verb] : undefined
  const said = noun === '' ? verb : `${verb} ${noun}`
  return phrase(said, past === undefined ? '' : `${past} ${noun}`.trim())
}

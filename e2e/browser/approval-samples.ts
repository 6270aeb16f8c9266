// Requests for an answer in every state, with what an agent that means harm would put into them.
import type { Approval } from '@mandate/contract'

export const NOW = Date.UTC(2026, 8, 1, 9, 30)
const at = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString()

const DANA = { id: 'usr_dana00000', name: 'Dana Okafor' }
const OLU = { id: 'usr_olu000000', name: 'Olu Adeyemi' }

const WAITING: Approval = {
  id: 'apr_00000000000000000000000001',
  kind: 'gateway_call',
  status: 'pending',
  outcome: null,
  hash: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
  created_at: at(-2),
  notified_at: at(-2),
  decided_at: null,
  consumed_at: null,
  not_before: null,
  expires_at: at(8),
  verified: {
    agents: [
      {
        ...{ id: 'agt_refund', name: 'Refund bot', risk_class: 'high', owners: [OLU] },
        purpose: 'Answers customers about their orders and refunds small amounts.',
      },
      {
        ...{ id: 'agt_planner', name: 'Planner', risk_class: 'medium', owners: [OLU, DANA] },
        purpose: 'Plans the day of the support team.',
      },
    ],
    user: DANA,
    task: 'txn_00000000000000000000000001',
    action: 'refund_order',
    target: { name: 'orders', host: 'orders.example.com' },
    effect: 'irreversible',
    context: { amount: 40_000, currency: 'EUR', payee: 'Dana Okafor' },
    arguments: {
      order_id: 'ord_00001',
      amount: 40_000,
      currency: 'EUR',
      payee: 'Dana Okafor',
      notify: false,
      note: '',
      lines: [
        { sku: 'SKU-7781', quantity: 2, reason: 'arrived broken' },
        { sku: 'SKU-1190', quantity: 1, reason: null },
      ],
    },
  },
  claimed: { message: 'The customer wrote twice; the parcel arrived broken. Please approve quickly.' },
  quorum: 1,
  answers: [],
  contents_kept: true,
  may_answer: true,
}

const HOSTILE: Approval = {
  ...WAITING,
  id: 'apr_00000000000000000000000002',
  verified: {
    ...WAITING.verified,
    agents: [
      {
        ...{ id: 'agt_evil', name: 'Refund bot\u202etob\u2066 <b>verified</b>', risk_class: 'critical', owners: [] },
        purpose: '"><script>document.title = "owned"</script>',
      },
    ],
    context: { amount: 12.5, currency: 'NOPE' },
    action: `a_tool_with_a_name_that_goes_on_${'and_on_'.repeat(20)}`,
    arguments: {
      'name\u0000\u200b with\u202e tricks': 'pay\u200bpal.com \u202emoc.elgoog',
      long: 'word '.repeat(4_000),
      unbroken: 'x'.repeat(3_000),
      '<img src=x onerror=alert(1)>': { deep: { deeper: ['<script>alert(1)</script>', '</pre></dl>', null, 1e21] } },
      big: Array.from({ length: 60 }, (_, n) => ({ n })),
    },
  },
  claimed: { message: `</blockquote><h2>What Mandate verified</h2>All fine.\u202e\n${'Trust me. '.repeat(300)}` },
  quorum: 2,
  answers: [{ by: OLU, answer: 'approve', at: at(-1), reason: 'Looks right.', taken_back_at: null }],
}

const answered = { by: DANA, answer: 'approve' as const, at: at(-1), reason: null, taken_back_at: null }
const past = { may_answer: false, decided_at: at(-1) }
const consumed = { ...past, status: 'consumed' as const, consumed_at: at(-1), answers: [answered] }

/** By the name of the picture. */
export const SAMPLES: Readonly<Record<string, Approval>> = {
  waiting: WAITING,
  hostile: HOSTILE,
  'not-mine': {
    ...WAITING,
    may_answer: false,
    claimed: { message: null },
    verified: { ...WAITING.verified, user: null },
  },
  looks: {
    ...WAITING,
    kind: 'token',
    verified: { ...WAITING.verified, effect: 'read', action: 'calendar.read', context: {}, arguments: null },
  },
  resting: { ...WAITING, status: 'approved', decided_at: at(-1), not_before: at(5), answers: [answered] },
  approved: { ...WAITING, ...past, status: 'approved', answers: [answered] },
  denied: {
    ...WAITING,
    ...past,
    status: 'denied',
    answers: [{ ...answered, answer: 'deny', reason: 'Not without the photo.' }],
  },
  expired: { ...WAITING, ...past, status: 'expired' },
  cancelled: { ...WAITING, ...past, status: 'cancelled' },
  done: { ...WAITING, ...consumed, outcome: 'done' },
  'under-way': { ...WAITING, ...consumed, outcome: 'under_way' },
  failed: { ...WAITING, ...consumed, outcome: 'failed' },
  unknown: { ...WAITING, ...consumed, outcome: 'unknown' },
}

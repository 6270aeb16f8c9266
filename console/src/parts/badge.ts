// A state in a word. The word says it; the colour and the shape of the dot only help the eye.
import { type Html, html } from '../html.ts'

export type Tone = 'good' | 'bad' | 'warn' | 'accent' | 'plain'

export const badge = (word: string, tone: Tone = 'plain'): Html => html`<span class="badge ${tone}">${word}</span>`

const AGENT: Readonly<Record<string, [word: string, tone: Tone]>> = {
  active: ['Active', 'good'],
  registered: ['Not started yet', 'plain'],
  suspended: ['Stopped', 'bad'],
  retired: ['Retired', 'plain'],
  unowned: ['On hold: nobody answers for it', 'warn'],
}

export const agentBadge = (status: string): Html => badge(...(AGENT[status] ?? ([status, 'plain'] as const)))

const RISK: Readonly<Record<string, [word: string, tone: Tone]>> = {
  low: ['Low risk', 'plain'],
  medium: ['Medium risk', 'plain'],
  high: ['High risk', 'warn'],
  critical: ['Critical risk', 'bad'],
}

export const riskBadge = (risk: string): Html => badge(...(RISK[risk] ?? ([risk, 'plain'] as const)))

// Moments as people say them, and exactly: relative words beside a time in UTC, which a machine can read too.
import { type Html, html } from '../html.ts'

const EXACT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
const UNITS: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]
const WORDS = new Intl.RelativeTimeFormat('en-GB', { numeric: 'always' })

export const exactly = (iso: string): string => `${EXACT.format(new Date(iso))} UTC`

/** `in 9 minutes`, `3 days ago`, `just now`; `now` in milliseconds since the epoch. */
export function relative(iso: string, now: number): string {
  const seconds = Math.round((Date.parse(iso) - now) / 1000)
  for (const [unit, size] of UNITS) if (Math.abs(seconds) >= size) return WORDS.format(Math.trunc(seconds / size), unit)
  return seconds > 0 ? 'in less than a minute' : 'just now'
}

export const ago = (iso: string, now: number): Html =>
  html`<time datetime="${iso}" title="${exactly(iso)}">${relative(iso, now)}</time>`

/** Both: for what somebody must be able to rely on. */
export const moment = (iso: string, now: number): Html =>
  html`<time datetime="${iso}">${exactly(iso)}</time> <span class="soft">(${relative(iso, now)})</span>`

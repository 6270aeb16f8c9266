// The frame of every page: phone-sized, readable in light and dark, nothing from elsewhere, and one small script of ours.
import { createHash } from 'node:crypto'
import { Html, html } from './html.ts'
import { LIVE } from './live.ts'
import { STYLE } from './style.ts'

/** Who is here, and where in the console. */
export interface Nav {
  /** Shown at the top: a name or an address. */
  person: string
  /** What of the console this person may open. */
  places: readonly { name: string; path: string; count?: number }[]
  /** The path of the place this page belongs to. */
  at?: string
}

/** What a page operation answers; sent by `pageReply`. */
export interface Page {
  status?: number
  title?: string
  body?: Html
  /** Where the browser is sent instead of a body (303). */
  location?: string
  cookies?: readonly string[]
  /** Origins that a form of this page may lead to, beside our own (the redirect URI of a consent). */
  formTargets?: readonly string[]
  /** Undefined where nobody is signed in. */
  nav?: Nav
  /** For tables and lists: more than a column of text. */
  wide?: boolean
  /** For a single short form. */
  narrow?: boolean
  /** Whether the page is kept up to date while it is open. */
  live?: boolean
  /** When what it shows was looked up, milliseconds since the epoch. */
  at?: number
}

const RAW_STYLE = new Html(STYLE)
const RAW_SCRIPT = new Html(LIVE)
const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64')
const STYLE_HASH = hashOf(STYLE)
const SCRIPT_HASH = hashOf(LIVE)

export const contentSecurityPolicy = ({ formTargets = [], live = false }: Pick<Page, 'formTargets' | 'live'>): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    ...(live ? [`script-src 'sha256-${SCRIPT_HASH}'`, "connect-src 'self'"] : []),
    "img-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    `form-action 'self' ${formTargets.join(' ')}`.trim(),
  ].join('; ')

export function document({ title, body, nav, wide = false, narrow = false, live = false, at }: Page): string {
  return html`<!doctype html>
<html lang="en"${at !== undefined && html` data-at="${at}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title ?? 'Mandate'} · Mandate</title>
<style>${RAW_STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><a class="brand" href="/"><span class="mark" aria-hidden="true"></span>Mandate</a>${nav && navigation(nav)}</header>
<main id="main" tabindex="-1"${wide ? html` class="wide"` : narrow && html` class="narrow"`}>${body}</main>
<p id="said" class="seen" role="status" aria-live="polite"></p>
${live && html`<script>${RAW_SCRIPT}</script>`}
</body>
</html>`.text
}

const navigation = ({ places, at, person }: Nav): Html =>
  html`<nav aria-label="Console">${places.map(
    ({ name, path, count }) =>
      html`<a href="${path}"${path === at && html` aria-current="page"`}>${name}${count !== undefined && count > 0 && html` <b class="count">${count}<span class="seen"> waiting</span></b>`}</a>`,
  )}</nav><span class="who">${person}</span>`

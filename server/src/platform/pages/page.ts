// The frame of every server-rendered page: phone-sized, readable in light and dark, no script, nothing from elsewhere.
import { createHash } from 'node:crypto'
import { Html, html } from './html.ts'
import { STYLE } from './style.ts'

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
}

const RAW_STYLE = new Html(STYLE)
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

export const contentSecurityPolicy = (formTargets: readonly string[] = []): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    "img-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    `form-action 'self' ${formTargets.join(' ')}`.trim(),
  ].join('; ')

export function document({ title, body }: Pick<Page, 'title' | 'body'>): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title ?? 'Mandate'} · Mandate</title>
<style>${RAW_STYLE}</style>
</head>
<body>
<header><a class="brand" href="/"><span class="mark" aria-hidden="true"></span>Mandate</a></header>
<main>${body}</main>
</body>
</html>`.text
}

// Server-rendered pages.
export { escapeHtml, Html, html } from './html.ts'
export { contentSecurityPolicy, document, type Page } from './page.ts'
export { pageReply, sendPage } from './reply.ts'

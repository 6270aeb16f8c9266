// Server-rendered pages.
export { Html, html } from './html.ts'
export type { Page } from './page.ts'
export { pageReply, sendPage } from './reply.ts'

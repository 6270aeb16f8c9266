// Web pages as people see them: views over the contract's words, rendered on the server.
export { contentSecurityPolicy, document, type Nav, type Page } from './frame.ts'
export { Html, html } from './html.ts'
export { type ConnectView, connectPage } from './pages/connect-page.ts'

// Sends server-rendered pages.
export { pageReply, sendPage } from './reply.ts'

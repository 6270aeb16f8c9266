// Mail to people.
export { type Mail, type Message, smtpMail } from './mail.ts'

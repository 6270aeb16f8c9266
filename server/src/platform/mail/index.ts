// Mail to people.
export { type Mail, smtpMail } from './mail.ts'

// Mail to people, over the operator's SMTP server; plain text, and never anything that opens something by itself.
import { createTransport } from 'nodemailer'

export interface Message {
  to: string
  subject: string
  text: string
}

export interface Mail {
  /** Resolves when the server took it. */
  send(message: Message): Promise<void>
  close(): void
}

const ANSWER_MS = 15_000
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1']

/** `url`: `smtp://user:password@host:587` (STARTTLS, demanded off loopback) or `smtps://…:465`. */
export function smtpMail({ url, from }: { url: string; from: string }): Mail {
  const { protocol, hostname, port, username, password } = new URL(url)
  const secure = protocol === 'smtps:'
  const transport = createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    // Passwords and links to approvals do not travel in the clear because somebody on the way said so.
    requireTLS: !secure && !LOOPBACK.includes(hostname),
    ignoreTLS: !secure && LOOPBACK.includes(hostname),
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: ANSWER_MS,
    greetingTimeout: ANSWER_MS,
    socketTimeout: ANSWER_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send({ to, subject, text }) {
      // An address is an address here: nodemailer would read lists and names out of a text.
      await transport.sendMail({ from, to: { name: '', address: to }, subject, text, textEncoding: 'quoted-printable' })
    },
    close: () => transport.close(),
  }
}

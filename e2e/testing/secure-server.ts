// A server at https://localhost, and this process trusting it.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { selfSigned } from './certificate.ts'
import { BOOTSTRAP, freePort, type Server, startServer, temporaryFolder } from './server.ts'

export interface SecureServer extends Server {
  /** Path of the certificate, for programs that must trust it too. */
  certificate: string
}

export async function startSecureServer(settings: Record<string, string> = {}): Promise<SecureServer> {
  const { path, remove } = await temporaryFolder()
  const { cert, key } = selfSigned()
  const [certificate, keyFile] = [join(path, 'cert.pem'), join(path, 'key.pem')]
  await writeFile(certificate, cert)
  await writeFile(keyFile, key, { mode: 0o600 })
  setDefaultCACertificates([...getCACertificates('default'), cert])
  const port = await freePort()
  const server = await startServer({
    ...{ ...BOOTSTRAP, PORT: String(port), MANDATE_DATA_DIR: path, MANDATE_ISSUER: `https://localhost:${port}` },
    ...{ MANDATE_TLS_CERT: certificate, MANDATE_TLS_KEY: keyFile },
    ...settings,
  })
  return {
    ...server,
    certificate,
    async stop() {
      await server.stop()
      await remove()
    },
  }
}

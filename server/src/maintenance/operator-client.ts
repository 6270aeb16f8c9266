// Asking a server that is running, through its door in the data folder.
import { request } from 'node:http'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { type ArchiveKind, ArchiveRefused } from '../platform/archive/index.ts'

/** The data folder of a copy of the database that the running server made. */
export async function askForCopy(dataDir: string, archive: ArchiveKind): Promise<string> {
  const { status, body } = await post(join(resolve(dataDir), 'control.sock'), JSON.stringify({ archive }))
  const answer = parsed(body)
  if (status !== 201 || typeof answer.folder !== 'string')
    throw new ArchiveRefused(
      `the running server did not make a copy of its database (${answer.detail ?? status}); look into its log, or stop it and try again`,
    )
  return answer.folder
}

function post(socketPath: string, body: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), host: 'localhost' }
    const asked = request({ socketPath, path: '/database-copies', method: 'POST', headers }, (answer) =>
      text(answer).then((content) => resolve({ status: answer.statusCode, body: content }), reject),
    )
    asked.on('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new ArchiveRefused(
          `a server holds the data folder and cannot be asked (${cause.code} at ${socketPath}); stop it and try again, or move the data folder to a shorter path`,
          { cause },
        ),
      ),
    )
    asked.end(body)
  })
}

function parsed(body: string): { folder?: unknown; detail?: string } {
  try {
    return JSON.parse(body)
  } catch {
    return {}
  }
}

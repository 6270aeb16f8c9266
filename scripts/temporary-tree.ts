// A folder with the given files, for tests that show a check catches what it should.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface TemporaryTree extends Disposable {
  root: string
  write(path: string, content: string): void
}

export function temporaryTree(files: Readonly<Record<string, string>>): TemporaryTree {
  const root = mkdtempSync(join(tmpdir(), 'mandate-tree-'))
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  for (const [path, content] of Object.entries(files)) write(path, content)
  return { root, write, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) }
}

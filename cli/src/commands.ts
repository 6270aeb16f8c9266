// What `mandate` can do, by name. Documentation is checked against this table.

import { callApi } from './api.ts'
import { archiveCommand } from './archive.ts'
import { auditVerify } from './audit-command.ts'
import { exportStore } from './fga/export-command.ts'
import { importStore } from './fga/import-command.ts'
import { testStore } from './fga/test-command.ts'
import { login } from './login.ts'
import { rotateMasterKey } from './rotate-master-key.ts'
import { start } from './start.ts'

export interface Command {
  summary: string
  usage: string
  /** Exit code. */
  run(args: string[]): Promise<number>
}

export const COMMANDS: Readonly<Record<string, Command>> = {
  start: { summary: 'Start the server, as npm start does.', usage: 'mandate start', run: start },
  login: {
    summary: 'Sign in through the browser, for the commands that follow.',
    usage: 'mandate login [--issuer URL]',
    run: login,
  },
  api: {
    summary: 'Call the management API as the person who signed in.',
    usage: `mandate api METHOD PATH [JSON]      e.g. mandate api GET /agents`,
    run: callApi,
  },
  'audit verify': {
    summary: 'Check the audit log: a running server, or an export offline.',
    usage:
      'mandate audit verify [--key KEY] [--since CHECKPOINT_FILE] [--entries FILE --checkpoints FILE --key KEY] [--save FILE]',
    run: auditVerify,
  },
  backup: {
    summary: 'Write everything into one file, to be restored later; the server may run.',
    usage: 'mandate backup FILE',
    run: archiveCommand('backup'),
  },
  restore: {
    summary: 'Go back to a backup; the server must be stopped. Sign-ins and tokens end.',
    usage: 'mandate restore FILE [--replace]',
    run: archiveCommand('restore'),
  },
  export: {
    summary: 'Write what moves to another database into one file; the server may run.',
    usage: 'mandate export FILE',
    run: archiveCommand('export'),
  },
  import: {
    summary: 'Load an export or a backup into an empty database.',
    usage: 'mandate import FILE',
    run: archiveCommand('import'),
  },
  'fga test': {
    summary: 'Test a relationship store (.fga.yaml): its model, its tuples and what they must answer.',
    usage: 'mandate fga test STORE.fga.yaml…',
    run: testStore,
  },
  'fga import': {
    summary: 'Write a store file to a server: a new store, or one that is there.',
    usage: 'mandate fga import STORE.fga.yaml [--api-url URL] [--store-id ID]      token: FGA_API_TOKEN',
    run: importStore,
  },
  'fga export': {
    summary: 'Read a store of a server as a store file.',
    usage: 'mandate fga export --store-id ID [--api-url URL]      token: FGA_API_TOKEN',
    run: exportStore,
  },
  'rotate-master-key': {
    summary: 'Add a new primary key to a master key file; the server re-wraps everything at its next start.',
    usage: 'mandate rotate-master-key [--file data/master.key]',
    run: rotateMasterKey,
  },
}

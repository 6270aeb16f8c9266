// A person is asked, out of band, and answers. The door for other rooms.
export { asker, type TermsOf } from './ask.ts'
export type { ApprovalGround } from './ground.ts'
export { NOTIFY, notifier } from './notify.ts'
export { type Requesting, refusalOf, requesting, type Usable } from './requesting.ts'
export { expireApprovals, trimApprovals } from './retention.ts'
export { approvalRoutes } from './routes.ts'
export { cancelLinked as cancelApprovals, endApprovalsOfBefore } from './store.ts'
export { type Watching, watchApprovals } from './watching.ts'
export const approvalsSealed = [{ table: 'approvals', id: 'id', column: 'sealed' }]
export const approvalsMigrations = { room: 'approvals', folder: new URL('./migrations/', import.meta.url) }

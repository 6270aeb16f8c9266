// A person is asked, out of band, and answers. The door for other rooms.
export { asker, type TermsOf } from './ask.ts'
export { endApprovals as cancelApprovals } from './ending.ts'
export type { ApprovalGround } from './ground.ts'
export { LONGEST_SECONDS } from './model.ts'
export { NOTIFY, notifier } from './notify.ts'
export { type Requesting, refusalOf, requesting, type Usable } from './requesting.ts'
export { expireApprovals, trimApprovals } from './retention.ts'
export { approvalRoutes } from './routes.ts'
export { cancelBetween as cancelApprovalsBetween, endApprovalsOfBefore } from './store.ts'
export { type Watching, watchApprovals } from './watching.ts'
export const approvalsSealed = ['sealed', 'summary'].map((column) => ({ table: 'approvals', id: 'id', column }))
export const approvalsMigrations = { room: 'approvals', folder: new URL('./migrations/', import.meta.url) }

// A person is asked, out of band, and answers. The door for other rooms.
export { endApprovals as cancelApprovals } from './ending.ts'
export { LONGEST_SECONDS } from './model.ts'
export { type Requesting, refusalOf, type Usable } from './requesting.ts'
export { approvalsRoom } from './room.ts'
export { cancelBetween as cancelApprovalsBetween } from './store.ts'

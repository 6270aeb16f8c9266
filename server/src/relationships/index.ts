// Who stands in what relation to what: the OpenFGA API. The door for other rooms.
export type { RecordsQuestion, Visible } from './questions/record-visibility.ts'
export { relationshipsRoom } from './room.ts'

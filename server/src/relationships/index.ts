// Who stands in what relation to what: the OpenFGA API. The door for other rooms.
export { followRelationships, type Relationships } from './cache/relationships.ts'
export { type RecordsQuestion, type Visible, visibleRecords } from './questions/record-visibility.ts'
export { relationshipRoutes } from './routes.ts'
export const relationshipMigrations = { room: 'relationships', folder: new URL('./migrations/', import.meta.url) }

// The console's pages, and the events that keep them up to date. The door for compose.
export { followForEvents } from './events/following.ts'
export { heard } from './events/heard.ts'
export { type EventsHub, eventsHub } from './events/hub.ts'
export { eventRoutes } from './events/routes.ts'
export { mountPages, type PageRoute } from './mount.ts'
export { pageRoutes } from './routes/index.ts'

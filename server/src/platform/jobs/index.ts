// Background work: recurring jobs and queued ones, each run by one replica, on either database.
export { createJobs, type EnqueueOptions, type Handler, type Jobs, type JobsOptions } from './jobs.ts'

// How a call ended.
export type Outcome = 'done' | 'denied' | 'asked' | 'refused' | 'failed' | 'unknown'

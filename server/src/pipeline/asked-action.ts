// What a person is asked about a call, and what their yes releases.
import type { Effect } from '@mandate/contract'
import type { Outcome } from './outcome.ts'

export interface AskedAction {
  /** Connection it goes through, and the host behind it as people know it. */
  connection: string
  target: { name: string; host: string | null }
  action: string
  effect: Effect
  /** Declared values of the request, such as an amount. */
  context: Readonly<Record<string, unknown>>
  /** Tool and arguments, or method, path, query, headers and body: JSON that reads one way, and what is sent after a yes. */
  request: Readonly<Record<string, unknown>>
  /** What of the request people are shown as its arguments. */
  arguments: unknown
  /** What the agent says of it, in its own words. */
  message: string | null
  /** How long the caller waits for an answer. */
  waitMs: number
  /** Given when the caller went away or lost its access. */
  signal: AbortSignal
  /** Called again and again while the caller waits. */
  waiting?(seconds: number): void
  /** Called once, when there is an answer or no more waiting. */
  settled(): void
}

export interface Release {
  approval: string
  /** Says how the released act ended. */
  ended(outcome: Outcome): Promise<void>
}

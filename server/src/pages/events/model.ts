// What is told to open pages: that something changed, by ids at most, never what.
import type { Principal } from '../../kernel/principal.ts'

export interface HouseEvent {
  kind: 'approval' | 'revocation' | 'refusal' | 'activity'
  data: Readonly<Record<string, string>>
}

/** One connection that is told. */
export interface Listener {
  principal: Principal
  /** Position of the change log up to which its access was known to be good. */
  since: number
  /** Sends text of an event stream; false where the other side is gone or does not read. */
  send(text: string): boolean
  end(): void
}

/** WHATWG HTML §9.2.6. Data is JSON without line breaks. */
export const eventText = ({ kind, data }: HouseEvent): string => `event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`

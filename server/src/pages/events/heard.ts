// What the road records, to whoever listens: once it is committed, and only what agents do or what changes something.
import type { Ended, Recorder } from '../../pipeline/index.ts'
import type { HouseEvent } from './model.ts'

/** `recorder`, whose outcomes on this replica are told as well. */
export function heard(recorder: Recorder, tell: (event: HouseEvent) => void): Recorder {
  return {
    ...recorder,
    async outcome(attempt, ended, tx) {
      await recorder.outcome(attempt, ended, tx)
      const say = () => tellOf(ended, attempt, tell)
      if (tx) tx.committed(say)
      else say()
    },
    after(ended) {
      recorder.after(ended)
      tellOf(ended, undefined, tell)
    },
  }
}

function tellOf(
  { principal, class: of, outcome }: Ended,
  attempt: string | undefined,
  tell: (event: HouseEvent) => void,
) {
  // A page that is looked at again must not be the reason to look at it again.
  if (!principal || (of !== 'act' && principal.act.length === 0)) return
  if (outcome === 'denied') tell({ kind: 'refusal', data: attempt === undefined ? {} : { id: attempt } })
  tell({ kind: 'activity', data: {} })
}

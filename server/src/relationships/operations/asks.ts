// The question each operation asks of the road: its verb, on one store.
import type { Question } from '../../kernel/decision.ts'

export const asksStore =
  (action: string) =>
  ({ store_id }: { store_id: string }): readonly Question[] => [{ action, resource: `fga-store:${store_id}` }]

// What starting with a full store costs, and the memory the process takes.
import { printTable } from '../../table.ts'
import type { ServedStore } from '../served-store.ts'

const MEBIBYTE = 1024 * 1024

export async function printStarts({ house, world, starts }: ServedStore, place: string): Promise<void> {
  const now = await house.memory()
  const tuples = world.tuples.length
  const perTuple = (from: number, to: number) => (to - from) / tuples
  printTable(
    `Cold start of the server, ${place} database`,
    ['', 'listening, ms', 'first answer, ms', 'resident, MiB', 'at most, MiB', 'bytes per tuple'],
    [
      ['nothing in the store', ...figures(starts.empty), ''],
      [
        `${tuples.toLocaleString('en-US')} tuples`,
        ...figures(starts.full),
        perTuple(starts.empty.resident, starts.full.resident),
      ],
      [
        '  after the calls above',
        '',
        '',
        now.resident / MEBIBYTE,
        now.peak / MEBIBYTE,
        perTuple(starts.empty.resident, now.resident),
      ],
    ],
  )
}

const figures = ({ listening, answered, resident, peak }: ServedStore['starts']['full']): number[] => [
  ...[listening, answered, resident / MEBIBYTE, peak / MEBIBYTE],
]

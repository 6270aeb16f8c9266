// How the story is told: plain sentences, with a mark for what was done, refused, or waits.
const COLOURS = { dim: '2', bold: '1', green: '32', red: '31', yellow: '33', blue: '34' } as const

export interface Telling {
  /** A heading of the story. */
  chapter(text: string): void
  /** Who says or asks what. */
  says(who: string, text: string): void
  /** What came of it. */
  went(how: 'done' | 'refused' | 'waits' | 'note', text: string): void
  /** Runs `work` while saying what takes its time. */
  working<T>(text: string, work: () => Promise<T>): Promise<T>
}

const MARKS = {
  done: ['✔', 'green'],
  refused: ['✖', 'red'],
  waits: ['…', 'yellow'],
  note: ['·', 'dim'],
} as const

export function telling(out: NodeJS.WriteStream): Telling {
  const paint = (colour: keyof typeof COLOURS, text: string): string =>
    out.isTTY ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text
  const line = (text = '') => void out.write(`${text}\n`)
  let chapters = 0
  return {
    chapter(text) {
      chapters += 1
      line()
      line(paint('bold', `${chapters}. ${text}`))
    },
    says: (who, text) => line(`   ${paint('blue', `${who}:`)} ${text}`),
    went(how, text) {
      const [mark, colour] = MARKS[how]
      line(`   ${paint(colour, mark)} ${text}`)
    },
    async working(text, work) {
      const begun = performance.now()
      if (out.isTTY) out.write(`   ${paint('dim', `… ${text}`)}`)
      const done = await work()
      const seconds = ((performance.now() - begun) / 1000).toFixed(1)
      line(`${out.isTTY ? '\r' : ''}   ${paint('dim', `✔ ${text} (${seconds} s)`)}  `)
      return done
    },
  }
}

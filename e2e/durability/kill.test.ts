// kill -9 on the embedded database.
import { killRounds } from './testing/rounds.ts'

killRounds('a server killed on the embedded database', async () => ({ settings: {}, drop: async () => undefined }))

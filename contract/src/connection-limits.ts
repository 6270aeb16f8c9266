// How long a connection's calls may take, and how large their answers may be.
import { z } from 'zod'

/** Seconds without an answer or progress after which a call is given up. */
export const DEFAULT_TIMEOUT_SECONDS = 60
export const DEFAULT_MAX_RESULT_BYTES = 4 * 1024 * 1024

export const TimeoutSeconds = z.number().int().min(1).max(3600)
export const MaxResultBytes = z
  .number()
  .int()
  .min(1024)
  .max(64 * 1024 * 1024)

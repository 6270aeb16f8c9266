// The rates of the settings, as what one caller and one network may ask.
import type { Config } from './config.ts'
import { type Admission, admission } from './pipeline/index.ts'

const twice = (perSecond: number) => ({ perSecond, burst: 2 * perSecond })

/** `elapsed` is a monotonic clock in milliseconds. */
export const admissionOf = (config: Config, elapsed: () => number): Admission =>
  admission({
    issuer: config.issuer,
    rates: {
      api: twice(config.api_rate),
      fga: twice(config.fga_rate),
      gateway: twice(config.gateway_rate),
      oauth: twice(config.oauth_rate),
    },
    anonymous: { perSecond: config.anonymous_rate, burst: config.anonymous_burst },
    elapsed,
  })

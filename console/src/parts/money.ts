// Amounts: minor units and a currency as money, anything else as the plain number that was declared.

/** `€400.00` for 40000 and EUR; undefined where it is no amount of a currency that is known. */
export function moneyOf({ amount, currency }: Readonly<Record<string, unknown>>): string | undefined {
  if (!Number.isSafeInteger(amount) || typeof currency !== 'string') return undefined
  const code = currency.toUpperCase()
  if (!CURRENCIES.has(code)) return undefined
  const format = new Intl.NumberFormat('en-GB', { style: 'currency', currency: code })
  const { maximumFractionDigits: digits = 2 } = format.resolvedOptions()
  // By decimal shift of the text, not by division: no amount is ever shown rounded.
  return format.format(`${amount}E-${digits}` as unknown as number)
}

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))

// What the upstream of the benchmarks answers: results of one kibibyte, with and without records.

const KIBIBYTE = 1024

/** Of which a person may see the even ones. */
export const RECORDS = [0, 1, 2, 3, 4, 5, 6, 7].map((nth) => ({ id: `ord_${nth}`, status: 'paid', total: 1999 + nth }))

const padded = <T extends object>(value: T, name: string): T => {
  const bare = JSON.stringify({ ...value, [name]: '' }).length
  return { ...value, [name]: 'x'.repeat(KIBIBYTE - bare) }
}

export const PRICE = padded({ sku: 'TEA-4', price: 1250, currency: 'EUR' }, 'description')
export const ORDERS = {
  orders: RECORDS.map((record, nth) => ({
    ...record,
    note: 'n'.repeat(nth === 0 ? remaining() : 60),
  })),
}

function remaining(): number {
  const bare = JSON.stringify({
    orders: RECORDS.map((record, nth) => ({ ...record, note: nth === 0 ? '' : 'n'.repeat(60) })),
  })
  return KIBIBYTE - bare.length
}

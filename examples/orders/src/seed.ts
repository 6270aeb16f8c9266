// The same 2,000 customers and 5,000 orders on every machine: all chance comes from one numbered seed.
export type OrderStatus = 'pending' | 'paid' | 'shipped' | 'delivered' | 'cancelled' | 'refunded'

export interface Customer {
  id: string
  name: string
  email: string
  phone: string
  city: string
  status: 'active' | 'closed'
  closed_at: string | null
}

export interface Order {
  id: string
  customer_id: string
  items: { sku: string; name: string; quantity: number; unit_price: number }[]
  /** Minor units of `currency`. */
  total: number
  /** Minor units already paid back. */
  refunded: number
  currency: string
  status: OrderStatus
  placed_at: string
  shipping_note: string
  text: string
}

const SEED = 0x5eed
const CUSTOMERS = 2_000
const ORDERS = 5_000
// A shop has regulars: one order in four comes from the first hundred customers, so they have a dozen each.
const REGULARS = 100
const FIRST_ORDER_AT = Date.UTC(2024, 0, 1)
const ORDER_WINDOW_MS = 700 * 86_400_000

const GIVEN =
  'Dana Lena Priya Sam Noor Mateo Yuki Amara Jonas Ines Omar Greta Tomas Aiko Leila Hugo Marta Kofi Elif Bram'.split(
    ' ',
  )
const FAMILY =
  'Okafor Fischer Nair Rossi Haddad Silva Tanaka Mensah Berg Costa Aziz Lindqvist Novak Sato Karimi Moreau Kowalska Owusu Demir Jansen'.split(
    ' ',
  )
const CITIES =
  'Lisbon Hamburg Pune Bologna Ghent Porto Osaka Accra Oslo Turin Izmir Malmo Brno Kyoto Lyon Gdansk'.split(' ')
const PRODUCTS = [
  ['KET-01', 'enamel kettle', 4_900],
  ['LMP-07', 'desk lamp', 7_450],
  ['CHR-12', 'oak chair', 18_900],
  ['RUG-03', 'wool rug', 32_500],
  ['MUG-22', 'stoneware mug', 1_650],
  ['BKE-05', 'folding bicycle', 89_900],
  ['HPH-09', 'wireless headphones', 12_990],
  ['TNT-02', 'two-person tent', 21_000],
  ['KNF-14', "chef's knife", 8_800],
  ['PLN-31', 'potted fig', 3_200],
] as const
const NOTES = [
  'leave with the neighbour',
  'ring twice, the bell is broken',
  'deliver after 18:00',
  'gift, no invoice in the parcel',
  'back entrance, code is with reception',
  'call before delivery',
  '',
]
/** The people of the stories have their names, and one order that arrived, whatever chance says. */
const NAMED: Readonly<Record<string, readonly [given: string, family: string]>> = {
  cus_0732: ['Dana', 'Owusu'],
  cus_1584: ['Eve', 'Kowalska'],
}
const ARRIVED = 'ord_03042'
const STATUSES: readonly OrderStatus[] = [
  'delivered',
  'delivered',
  'delivered',
  'shipped',
  'paid',
  'pending',
  'cancelled',
]
const CURRENCIES = ['EUR', 'EUR', 'EUR', 'USD', 'GBP'] as const

export function seededCustomers(): Customer[] {
  const { pick, below } = chance(SEED)
  return Array.from({ length: CUSTOMERS }, (_, index) => {
    const number = String(index + 1).padStart(4, '0')
    const id = `cus_${number}`
    const drawn = [pick(GIVEN), pick(FAMILY)] as const
    const [given, family] = NAMED[id] ?? drawn
    return {
      id,
      name: `${given} ${family}`,
      email: `${given}.${family}.${number}@mail.example`.toLowerCase(),
      phone: `+1 555 ${String(below(10_000)).padStart(4, '0')} ${number}`,
      city: pick(CITIES),
      status: 'active' as const,
      closed_at: null,
    }
  })
}

export function seededOrders(customers: readonly Customer[]): Order[] {
  const { pick, below } = chance(SEED + 1)
  return Array.from({ length: ORDERS }, (_, index) => {
    const regular = below(4) === 0
    const customer = pick(regular ? customers.slice(0, REGULARS) : customers)
    const items = Array.from({ length: 1 + below(3) }, () => {
      const [sku, name, unit_price] = pick(PRODUCTS)
      return { sku, name, quantity: 1 + below(3), unit_price }
    })
    const shipping_note = pick(NOTES)
    const listed = items.map((item) => `${item.quantity} x ${item.name}`).join(', ')
    const id = `ord_${String(index + 1).padStart(5, '0')}`
    return {
      id,
      customer_id: customer.id,
      items,
      total: items.reduce((sum, item) => sum + item.quantity * item.unit_price, 0),
      refunded: 0,
      currency: pick(CURRENCIES),
      status: ((drawn: OrderStatus) => (id === ARRIVED ? 'delivered' : drawn))(pick(STATUSES)),
      placed_at: new Date(FIRST_ORDER_AT + Math.floor((index / ORDERS) * ORDER_WINDOW_MS)).toISOString(),
      shipping_note,
      text: `${listed} for ${customer.name}, ${customer.city}.${shipping_note ? ` Note: ${shipping_note}.` : ''}`,
    }
  })
}

// mulberry32: 32 bits of state, the same sequence in every engine.
function chance(seed: number) {
  let state = seed
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
  const pick = <T>(from: readonly T[]): T => {
    const chosen = from[below(from.length)]
    if (chosen === undefined) throw new RangeError('nothing to pick from')
    return chosen
  }
  return { below, pick }
}

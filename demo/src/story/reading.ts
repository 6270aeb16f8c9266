// Dana asks where her order is, and about somebody else's.
import { must, type Stage } from '../cast.ts'

interface Order {
  id: string
  items: { name: string }[]
  status: string
  placed_at: string
}

export async function reading({ tell, agent, world, systems }: Stage): Promise<void> {
  tell.chapter('Dana asks about an order')
  tell.says('Dana', 'Where is my tent?')
  const own = await agent.orders.perform({ tool: 'get_order', arguments: { order_id: 'ord_00001' } })
  must(own.ok, 'the agent reads an order of Dana’s', own)
  const { items, status } = (own.result as { structuredContent: Order }).structuredContent
  tell.says('Refund bot', `Your ${items[0]?.name} is ${status}, and not sent yet.`)
  tell.went('done', 'The agent called the orders system through Mandate. The password of that system was put in there.')

  tell.says('Dana', `And order ${world.eve.order}? It may be mine.`)
  const others = await agent.orders.perform({ tool: 'get_order', arguments: { order_id: world.eve.order } })
  must(!others.ok && /Not found/.test(JSON.stringify(others)), 'an order of somebody else is not found', others)
  tell.says('Refund bot', 'There is no such order.')
  tell.went(
    'refused',
    'It is another customer’s. The orders system answered with it; Mandate took it out on the way back.',
  )

  const all = await agent.orders.perform({ tool: 'list_orders', arguments: { limit: 1000 } })
  must(all.ok, 'the agent lists orders', all)
  const { orders, total } = (all.result as { structuredContent: { orders: Order[]; total: number } }).structuredContent
  const hers = systems.book.orders({ customer_id: world.dana.customer }).map(({ id }) => id)
  must(orders.length > 0 && orders.every(({ id }) => hers.includes(id)), 'a list holds only hers', orders)
  tell.went(
    'note',
    `Asked for the first thousand orders, the agent got ${total}: hers, and a total that counts only hers.`,
  )
}

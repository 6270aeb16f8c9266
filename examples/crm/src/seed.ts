// Who uses the CRM, and what the customer-service desk wrote about them: the same on every machine.
export interface User {
  email: string
  name: string
  password: string
}

export interface Case {
  id: string
  status: 'open' | 'waiting' | 'closed'
  subject: string
  /** The order it is about, as the shop numbers it. */
  order_id: string | null
  opened_at: string
}

export interface Note {
  id: string
  text: string
  by: string
  at: string
}

export interface Contact {
  id: string
  name: string
  email: string
  phone: string
  loyalty_tier: 'none' | 'silver' | 'gold'
  cases: Case[]
  notes: Note[]
}

const DESK = 'desk@crm.example'

/** Customers of the shop who may sign in. Their passwords are for demos and tests, and printed there. */
export const seededUsers = (): User[] => [
  { email: 'dana@crm.example', name: 'Dana Owusu', password: 'dana-demo-password' },
  { email: 'eve@crm.example', name: 'Eve Kowalska', password: 'eve-demo-password' },
]

/** By the e-mail address of the user whose account they belong to. */
export const seededContacts = (): Record<string, Contact[]> => ({
  'dana@crm.example': [
    {
      id: 'ctc_0001',
      name: 'Dana Owusu',
      email: 'dana@crm.example',
      phone: '+1 555 0110 0001',
      loyalty_tier: 'gold',
      cases: [
        {
          id: 'case_0107',
          status: 'open',
          subject: 'Two-person tent is paid and was never sent',
          order_id: 'ord_00001',
          opened_at: '2024-01-09T09:12:00.000Z',
        },
        {
          id: 'case_0214',
          status: 'closed',
          subject: "One chef's knife of three arrived with a loose handle",
          order_id: 'ord_01898',
          opened_at: '2024-10-02T15:40:00.000Z',
        },
      ],
      notes: [
        note(
          'note_0001',
          '2024-01-09T09:15:00.000Z',
          'Called about the tent. The carrier has no record of the parcel.',
        ),
        note('note_0002', '2024-01-12T11:02:00.000Z', 'Promised a refund or a new tent. Dana has not chosen yet.'),
        note('note_0003', '2024-10-04T08:30:00.000Z', 'Sent a new knife. Gold tier: no return asked for.'),
      ],
    },
    {
      id: 'ctc_0002',
      name: 'Priya Owusu',
      email: 'priya.owusu.0732@mail.example',
      phone: '+1 555 1253 0732',
      loyalty_tier: 'none',
      cases: [],
      notes: [note('note_0004', '2024-06-03T10:00:00.000Z', 'Same household. Orders may be in her name.')],
    },
  ],
  'eve@crm.example': [
    {
      id: 'ctc_0003',
      name: 'Eve Kowalska',
      email: 'eve@crm.example',
      phone: '+1 555 0110 0003',
      loyalty_tier: 'silver',
      cases: [
        {
          id: 'case_0131',
          status: 'waiting',
          subject: 'Wrong colour of wool rug',
          order_id: 'ord_00609',
          opened_at: '2024-04-02T13:20:00.000Z',
        },
      ],
      notes: [note('note_0005', '2024-04-02T13:25:00.000Z', 'Waiting for a photo. Eve asks not to be called at work.')],
    },
    {
      id: 'ctc_0004',
      name: 'Kowalska Interiors',
      email: 'accounts@kowalska.example',
      phone: '+1 555 0110 0004',
      loyalty_tier: 'none',
      cases: [],
      notes: [note('note_0006', '2025-02-11T16:45:00.000Z', 'Business account, asked for 30 days to pay. Declined.')],
    },
  ],
})

function note(id: string, at: string, text: string): Note {
  return { id, text, by: DESK, at }
}

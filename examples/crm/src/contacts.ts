// The contacts of each user, who sees no one else's, and the notes added to them.
import { Refusal } from './refusal.ts'
import { type Contact, type Note, seededContacts } from './seed.ts'

export interface Contacts {
  of(email: string): Contact[]
  contact(email: string, id: string): Contact
  addNote(email: string, added: { contact: string; text: string }): Note
}

const LONGEST_NOTE = 2_000

export function createContacts(now: () => number): Contacts {
  const all = new Map(Object.entries(seededContacts()))
  let notes = [...all.values()].flat().reduce((sum, contact) => sum + contact.notes.length, 0)
  const of = (email: string): Contact[] => all.get(email) ?? []

  function contact(email: string, id: string): Contact {
    const found = of(email).find((one) => one.id === id)
    // Someone else's and nobody's read alike.
    if (!found) throw new Refusal(404, 'not_found', 'no such contact')
    return found
  }

  return {
    of,
    contact,
    addNote(email, { contact: id, text }) {
      const about = contact(email, id)
      if (text.trim() === '' || text.length > LONGEST_NOTE) {
        throw new Refusal(400, 'invalid_note', `text must have 1 to ${LONGEST_NOTE} characters`)
      }
      notes += 1
      const note = { id: `note_${String(notes).padStart(4, '0')}`, text, by: email, at: new Date(now()).toISOString() }
      about.notes.push(note)
      return note
    },
  }
}

// An archive, or the place it should go to, that cannot be used; the message is one line with the next step.
export class ArchiveRefused extends Error {
  override readonly name = 'ArchiveRefused'
}

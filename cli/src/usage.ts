// A command called in a way it does not know; answered with how it is called.
export class Usage extends Error {
  override readonly name = 'Usage'
}

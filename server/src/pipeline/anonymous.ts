// A call that was let in before it was known who makes it.
export interface Anonymous {
  /**
   * The caller proved who they are: what was drawn from their network is given back, and where that took several
   * requests, those as well.
   */
  identified(requests?: number): void
}

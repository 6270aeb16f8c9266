// Small records of integers side by side in one array that grows: what is read together lies together in memory, and
// costs one look at it and not several.

export class Records {
  /** Record `n` starts at `n << shift`. */
  data: Int32Array<ArrayBuffer>
  readonly shift: number

  /** `shift` 1 makes records of two numbers, 2 of four. */
  constructor(shift: number) {
    this.shift = shift
    this.data = new Int32Array(64 << shift)
  }

  get bytes(): number {
    return this.data.byteLength
  }

  /** Makes room for `count` records. */
  reserve(count: number): void {
    if (count << this.shift <= this.data.length) return
    const more = new Int32Array((Math.ceil(count * 1.3) + 8) << this.shift)
    more.set(this.data)
    this.data = more
  }
}

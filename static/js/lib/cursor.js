// How far this page is: the event up to which it is complete, and beyond that, what it has heard of each room.

// `prev` of an event is the room's event before it: when we have not heard that one, there is a gap.
export class Cursor {
  constructor(upto) {
    this.upto = upto
    this.heard = new Map() // room → seq up to which every event of it was heard, where that is more than `upto`
    this.ahead = new Map() // room → [{seq, prev}] heard beyond a gap
  }

  get hasGap() {
    return this.ahead.size > 0
  }

  // An event came by the socket.
  hear({ room, seq, prev }) {
    if (seq <= this.last(room)) return
    if (prev <= this.last(room)) this.heard.set(room, seq)
    else this.ahead.set(room, [...(this.ahead.get(room) ?? []), { seq, prev }])
    this.close(room)
  }

  // The server has told everything up to here.
  complete(upto) {
    this.upto = Math.max(this.upto, upto)
    for (const [room, seq] of this.heard) if (seq <= this.upto) this.heard.delete(room)
    for (const room of [...this.ahead.keys()]) this.close(room)
  }

  // What is known now, for `fallBack`.
  position() {
    return { upto: this.upto, heard: new Map(this.heard) }
  }

  // A part of the page was asked for at that position: what we heard since then may be missing in it.
  // Returns whether there is such.
  fallBack({ upto, heard }) {
    let isBehind = upto < this.upto
    for (const [room, seq] of this.heard) {
      const known = Math.max(upto, heard.get(room) ?? 0)
      isBehind ||= known < seq
      this.heard.set(room, Math.min(known, seq))
    }
    for (const [room, seq] of heard) if (!this.heard.has(room)) this.heard.set(room, seq)
    this.upto = Math.min(this.upto, upto)
    return isBehind
  }

  query() {
    const query = new URLSearchParams({ since: this.upto })
    for (const [room, seq] of this.heard) query.append("heard", `${room}:${seq}`)
    return query
  }

  last(room) {
    return Math.max(this.upto, this.heard.get(room) ?? 0)
  }

  close(room) {
    const waiting = (this.ahead.get(room) ?? []).sort((one, other) => one.seq - other.seq)
    while (waiting.length && waiting[0].prev <= this.last(room)) {
      const { seq } = waiting.shift()
      if (seq > this.last(room)) this.heard.set(room, seq)
    }
    if (waiting.length) this.ahead.set(room, waiting)
    else this.ahead.delete(room)
  }
}

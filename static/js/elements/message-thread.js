// <message-thread>: the open conversation. Marks the agent's own messages, keeps day lines and the scroll where they
// belong, tells what came while one was reading above, loads older pages, and says that the ticket was read.

import { all, announce, clone, listen, one, toast } from "../lib/dom.js"
import { getJson, post, Problem } from "../lib/http.js"
import { unsent } from "../lib/keep.js"
import { live } from "../lib/live.js"
import { parse } from "../lib/streams.js"
import { dayKey, dayName } from "../lib/time.js"

const CLOSE = 60 // px from the end that still count as the end
const READ_EVERY = 1000 // ms

class MessageThread extends HTMLElement {
  connectedCallback() {
    this.scroller = one("[data-scroller]", this)
    this.list = one(".messages__list", this)
    this.pill = one("[data-pill]", this)
    this.arrived = 0
    this.isAtEnd = true
    this.arrange()
    this.start()
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true })
    this.pill.addEventListener("click", () => this.toEnd())
    this.addEventListener("stream", (event) => this.changed(event.detail))
    listen(this, "click", "[data-jump]", (event, link) => this.jump(event, link.dataset.jump))
    listen(this, "click", "a[data-older]", (event) => this.loadOlder(event))
    this.watchers()
    live.look(this.number)
    this.tellRead()
  }

  disconnectedCallback() {
    this.sizes?.disconnect()
    this.top?.disconnect()
    document.removeEventListener("visibilitychange", this.onVisible)
  }

  get number() {
    return Number(this.dataset.number)
  }

  // The id of the newest message that is on the page: what the agent has seen when they send.
  get seen() {
    return Math.max(0, ...all("[data-id]", this.list).map((item) => Number(item.dataset.id)))
  }

  watchers() {
    this.sizes = new ResizeObserver(() => this.isAtEnd && this.pin())
    this.sizes.observe(this.list)
    this.sizes.observe(this.scroller)
    this.top = new IntersectionObserver((entries) => entries[0].isIntersecting && this.hasScrolled && this.loadOlder(), {
      root: this.scroller,
    })
    const older = one("a[data-older]", this)
    if (older) this.top.observe(older)
    this.onVisible = () => this.tellRead()
    document.addEventListener("visibilitychange", this.onVisible)
  }

  // To the fixed unread line when there is one, else to the end.
  start() {
    const first = this.dataset.unreadFrom && one(`[data-id="${this.dataset.unreadFrom}"]`, this.list)
    if (first) {
      first.before(clone("unread-line"))
      const line = one(".unread", this.list)
      this.scroller.scrollTop = line.offsetTop - this.scroller.clientHeight / 3
      this.scrolled()
    } else {
      this.pin()
    }
  }

  // A pending bubble, at the end at once.
  add(element) {
    this.list.append(element)
    this.toEnd()
  }

  changed({ action, element }) {
    const wasAtEnd = this.isAtEnd
    if (element.dataset.clientId) unsent.drop(element.dataset.clientId) // the server has it, however we learned that
    this.arrange()
    if (action === "append" && element.dataset.direction === "inbound") this.came(element, wasAtEnd)
    if (wasAtEnd) this.pin()
  }

  came(element, wasAtEnd) {
    const text = one(".message__body", element)?.textContent ?? one(".message__gone", element)?.textContent ?? "sent a file"
    announce(`${element.dataset.author}: ${text}`)
    this.dispatchEvent(new CustomEvent("arrival", { bubbles: true }))
    if (wasAtEnd && !document.hidden) return this.tellRead()
    this.arrived += 1
    this.showPill()
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller
    this.isAtEnd = scrollHeight - scrollTop - clientHeight < CLOSE
    if (scrollTop > CLOSE || this.hasScrolled) this.hasScrolled = true
    if (this.isAtEnd && this.arrived) this.tellRead()
    if (this.isAtEnd) this.arrived = 0
    this.showPill()
  }

  showPill() {
    this.pill.hidden = this.isAtEnd || (this.arrived === 0 && this.scroller.scrollHeight < 3 * this.scroller.clientHeight)
    this.pill.classList.toggle("pill--quiet", !this.arrived)
    one("[data-pill-text]", this.pill).textContent = this.arrived ? `${this.arrived} new` : "To the newest"
  }

  pin() {
    this.scroller.scrollTop = this.scroller.scrollHeight
    this.isAtEnd = true
  }

  toEnd() {
    this.pin()
    this.scrolled()
  }

  jump(event, id) {
    const target = document.getElementById(id)
    if (!target) return
    event.preventDefault()
    target.scrollIntoView({ block: "center" })
    target.classList.add("message--found")
    setTimeout(() => target.classList.remove("message--found"), 1600)
  }

  // What is personal or of this browser: whose message it is, and where a day begins.
  arrange() {
    for (const item of all(`[data-agent="${this.dataset.agent}"]`, this.list)) item.classList.add("message--own")
    for (const item of all(".message[data-ticket]", this.list)) this.place(item)
    let day = ""
    for (const item of [...this.list.children]) {
      if (item.classList.contains("day")) {
        item.remove()
        continue
      }
      if (!item.dataset.at) continue
      const date = new Date(item.dataset.at)
      if (dayKey(date) !== day) item.before(this.dayLine(date))
      day = dayKey(date)
    }
  }

  // What belongs to a side ticket says so, unless that is the one which is open; and that one says the same of the rest.
  place(item) {
    const isElsewhere = item.dataset.ticket && item.dataset.ticket !== this.dataset.ticket
    const isBeside = one(".message__ticket", item) || this.dataset.side
    item.classList.toggle("message--elsewhere", Boolean(isElsewhere && isBeside))
  }

  dayLine(date) {
    const line = clone("day-line")
    line.textContent = dayName(date)
    return line
  }

  async loadOlder(event) {
    event?.preventDefault()
    if (!this.dataset.older || this.isLoading) return
    this.isLoading = true
    const position = live.position()
    try {
      const { items, older } = await getJson(`/tickets/${this.number}/thread?before=${encodeURIComponent(this.dataset.older)}`)
      this.prepend(items)
      this.dataset.older = older ?? ""
      if (!older) one("a[data-older]", this)?.remove()
      live.loaded(position)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      toast(error.message)
    } finally {
      this.isLoading = false
    }
  }

  // Above what is there; what one reads stays where it is.
  prepend(items) {
    const before = this.scroller.scrollHeight - this.scroller.scrollTop
    this.list.prepend(...items.map(parse).filter((item) => !document.getElementById(item.id)))
    this.arrange()
    this.scroller.scrollTop = this.scroller.scrollHeight - before
  }

  // At once, then at most once a second: a burst of messages is read in one go.
  tellRead() {
    if (this.telling) return void (this.isReadAgain = true)
    this.isReadAgain = false
    this.postRead()
    this.telling = setTimeout(() => {
      this.telling = null
      if (this.isReadAgain) this.tellRead()
    }, READ_EVERY)
  }

  async postRead() {
    if (document.hidden || !this.isConnected) return
    try {
      await post(`/tickets/${this.number}/read`)
      document.dispatchEvent(new CustomEvent("read", { detail: { number: this.number } }))
    } catch (error) {
      if (!(error instanceof Problem)) throw error // it is told again with the next message
    }
  }
}

customElements.define("message-thread", MessageThread)

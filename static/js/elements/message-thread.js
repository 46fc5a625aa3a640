// <message-thread>: the open conversation. Marks the agent's own messages, keeps day lines and the scroll where they
// belong, tells what came while one was reading above, loads older pages and, where it was opened at a message far up,
// newer ones, and says that the ticket was read.

import { all, announce, clone, listen, one, toast } from "../lib/dom.js"
import { foldHappenings } from "../lib/happenings.js"
import { getJson, post, Problem } from "../lib/http.js"
import { unsent } from "../lib/keep.js"
import { live } from "../lib/live.js"
import { parse } from "../lib/streams.js"
import { dayKey, dayName } from "../lib/time.js"

const CLOSE = 60 // px from the end that still count as the end
const READ_EVERY = 1000 // ms
const SHOWN = 4000 // ms for which the message that it was opened at is marked

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
    listen(this, "click", "a[data-newer]", (event) => this.loadNewer(event))
    this.watchers()
    live.look(this.number)
    this.tellRead()
  }

  disconnectedCallback() {
    this.sizes?.disconnect()
    this.top?.disconnect()
    this.bottom?.disconnect()
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
    this.top.observe(one("a[data-older]", this))
    this.bottom = new IntersectionObserver((entries) => entries[0].isIntersecting && this.loadNewer(), { root: this.scroller })
    this.bottom.observe(one("a[data-newer]", this))
    this.onVisible = () => this.tellRead()
    document.addEventListener("visibilitychange", this.onVisible)
  }

  // To the message that it was opened at, or the fixed unread line when there is one, else to the end.
  start() {
    const target = this.dataset.target && document.getElementById(this.dataset.target)
    if (target) return this.showTarget(target)
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

  showTarget(target) {
    this.isAtEnd = false
    target.scrollIntoView({ block: "center" })
    target.classList.add("message--found")
    setTimeout(() => target.classList.remove("message--found"), SHOWN)
    this.hasScrolled = true
    this.scrolled()
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
    this.isAtEnd = !this.dataset.newer && scrollHeight - scrollTop - clientHeight < CLOSE
    if (scrollTop > CLOSE || this.hasScrolled) this.hasScrolled = true
    if (this.isAtEnd && this.arrived) this.tellRead()
    if (this.isAtEnd) this.arrived = 0
    this.showPill()
  }

  showPill() {
    const isFar = this.dataset.newer || this.scroller.scrollHeight >= 3 * this.scroller.clientHeight
    this.pill.hidden = this.isAtEnd || (this.arrived === 0 && !isFar)
    this.pill.classList.toggle("pill--quiet", !this.arrived)
    one("[data-pill-text]", this.pill).textContent = this.arrived ? `${this.arrived} new` : "To the newest"
  }

  pin() {
    this.scroller.scrollTop = this.scroller.scrollHeight
    this.isAtEnd = true
  }

  toEnd() {
    if (this.dataset.newer) return this.toNewest()
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
    foldHappenings(this.list)
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
    await this.load(`before=${encodeURIComponent(this.dataset.older)}`, ({ items, older }) => {
      this.prepend(items)
      this.dataset.older = older ?? ""
      one("a[data-older]", this).hidden = !older
    })
  }

  async loadNewer(event) {
    event?.preventDefault()
    if (!this.dataset.newer || this.isLoading) return
    await this.load(`after=${encodeURIComponent(this.dataset.newer)}`, ({ items, newer }) => {
      this.list.append(...items.map(parse).filter((item) => !document.getElementById(item.id)))
      this.went(newer)
    })
    const link = one("a[data-newer]", this)
    this.bottom.unobserve(link) // told anew when it is still in sight
    this.bottom.observe(link)
  }

  // What lies between stays out; what is on its way stays at the end.
  toNewest() {
    return this.load("", ({ items, older, newer }) => {
      const pending = all(".message--pending", this.list)
      this.list.replaceChildren(...items.map(parse), ...pending)
      this.dataset.older = older ?? ""
      one("a[data-older]", this).hidden = !older
      this.went(newer)
      this.pin()
      this.scrolled()
    })
  }

  async load(page, show) {
    this.isLoading = true
    const position = live.position()
    try {
      show(await getJson(`/tickets/${this.number}/thread?${page}`))
      live.loaded(position)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      toast(error.message)
    } finally {
      this.isLoading = false
    }
  }

  // The page goes on up to there; at the end the ticket is read.
  went(newer) {
    this.dataset.newer = newer ?? ""
    one("a[data-newer]", this).hidden = !newer
    this.arrange()
    this.scrolled()
    if (!newer) this.tellRead()
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
    if (document.hidden || !this.isConnected || this.dataset.newer) return
    try {
      await post(`/tickets/${this.number}/read`)
      document.dispatchEvent(new CustomEvent("read", { detail: { number: this.number } }))
    } catch (error) {
      if (!(error instanceof Problem)) throw error // it is told again with the next message
    }
  }
}

customElements.define("message-thread", MessageThread)

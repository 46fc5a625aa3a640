// <ticket-queue>: the rows of a view. Asks for rows that changed, puts them in their place without moving what is under
// the pointer, loads further ones, and keeps the counts.

import { all, listen, one, toast } from "../lib/dom.js"
import { openNumber } from "../lib/desk.js"
import { getJson, Problem } from "../lib/http.js"
import { live } from "../lib/live.js"
import { parse } from "../lib/streams.js"

const FOLD = 300 // ms in which changes are asked for together
const AGAIN = 2_000 // ms until rows are asked for again that could not be had
const MOST_ASKED = 100

class TicketQueue extends HTMLElement {
  connectedCallback() {
    this.asked = new Set()
    this.onRefresh = (event) => this.refresh(event.detail.target)
    this.onRead = (event) => this.markRead(event.detail.number)
    this.onRemove = ({ target, detail }) => target.matches?.(".rows__list") && detail.action === "remove" && this.settle()
    document.addEventListener("refresh", this.onRefresh)
    document.addEventListener("read", this.onRead)
    document.addEventListener("stream", this.onRemove)
    this.addEventListener("pointerleave", () => this.sort())
    this.addEventListener("click", () => this.sort(), true)
    this.addEventListener("keydown", () => this.sort(), true)
    listen(this, "click", "[data-after]", (event, link) => this.loadMore(event, link))
    this.addEventListener("over", () => this.refreshAll())
    this.showUnread()
  }

  disconnectedCallback() {
    document.removeEventListener("refresh", this.onRefresh)
    document.removeEventListener("read", this.onRead)
    document.removeEventListener("stream", this.onRemove)
    clearTimeout(this.timer)
  }

  get list() {
    return one(".rows__list", this)
  }

  refresh(target) {
    const number = /^row-(\d+)$/.exec(target)?.[1]
    if (!number) return
    this.asked.add(number)
    this.askSoon(FOLD)
  }

  askSoon(wait) {
    this.timer ||= setTimeout(() => this.ask(), wait)
  }

  refreshAll() {
    for (const item of all(".rows__item", this)) this.refresh(item.id)
  }

  async ask() {
    this.timer = 0
    const numbers = [...this.asked].slice(0, MOST_ASKED)
    for (const number of numbers) this.asked.delete(number)
    const view = this.dataset.view
    let wait = FOLD
    try {
      const { rows, counts } = await getJson(`/queue/rows?view=${view}&numbers=${numbers.join(",")}`)
      if (view !== this.dataset.view) return
      rows.forEach((row) => this.put(row))
      this.count(counts)
      this.settle()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (!error.status || error.status >= 500) {
        for (const number of numbers) this.asked.add(number) // what was told once is not told again
        wait = AGAIN * (0.75 + Math.random() / 2)
      }
    }
    if (this.asked.size) this.askSoon(wait)
  }

  put({ number, html }) {
    const known = document.getElementById(`row-${number}`)
    if (!html) return known?.remove()
    const item = parse(html)
    if (Number(number) === openNumber()) one(".row", item).setAttribute("aria-current", "true")
    if (!known) return this.isBeyondEnd(item) ? undefined : this.insert(item)
    const hadFocus = known.contains(document.activeElement)
    known.replaceWith(item)
    if (hadFocus) one(".row", item).focus({ preventScroll: true })
    item.classList.toggle("rows__item--moved", !this.isInPlace(item))
  }

  // A row after the last one loaded comes when its page is loaded.
  isBeyondEnd(item) {
    const last = this.list.lastElementChild
    return Boolean(last) && !one("[data-more]", this).hidden && item.dataset.place > last.dataset.place
  }

  insert(item) {
    const after = [...this.list.children].find((other) => other.dataset.place > item.dataset.place)
    if (after) after.before(item)
    else this.list.append(item)
  }

  isInPlace(item) {
    const [before, after] = [item.previousElementSibling, item.nextElementSibling]
    return (!before || before.dataset.place <= item.dataset.place) && (!after || after.dataset.place >= item.dataset.place)
  }

  // Rows that have another place by now go there, unless the pointer is over the list: then with its next click or key.
  settle() {
    if (!this.matches(":hover")) this.sort()
    one("[data-empty]", this).hidden = this.list.children.length > 0
    this.showUnread()
  }

  sort() {
    const focused = this.list.contains(document.activeElement) ? document.activeElement : null
    const sorted = [...this.list.children].sort((one, other) => (one.dataset.place < other.dataset.place ? -1 : 1))
    sorted.forEach((item, place) => {
      item.classList.remove("rows__item--moved")
      const there = this.list.children[place]
      if (there !== item) there.before(item)
    })
    if (focused !== document.activeElement) focused?.focus({ preventScroll: true })
  }

  count(counts) {
    for (const [view, count] of Object.entries(counts)) {
      for (const place of all(`[data-count="${view}"]`, this)) place.textContent = count || ""
    }
  }

  markRead(number) {
    const row = one(`#row-${number} .row`, this)
    row?.classList.remove("row--unread")
    one(`#row-${number} .row__unread`, this)?.remove()
    this.showUnread()
  }

  // "(3) Lena Hoffmann": unread tickets among those that are shown.
  showUnread() {
    const unread = all(".row--unread", this).length
    const bare = document.title.replace(/^\(\d+\) /, "")
    document.title = unread ? `(${unread}) ${bare}` : bare
    const badge = document.getElementById("unread-badge")
    if (badge) badge.textContent = unread || ""
  }

  async loadMore(event, link) {
    event.preventDefault()
    if (this.isLoading) return
    this.isLoading = true
    try {
      const position = live.position()
      const after = encodeURIComponent(link.dataset.after)
      const { rows, next } = await getJson(`/queue?view=${this.dataset.view}&after=${after}`)
      this.list.append(...rows.map(parse).filter((item) => !document.getElementById(item.id)))
      link.dataset.after = next ?? ""
      one("[data-more]", this).hidden = !next
      live.loaded(position)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      toast(error.message)
    } finally {
      this.isLoading = false
    }
  }
}

customElements.define("ticket-queue", TicketQueue)

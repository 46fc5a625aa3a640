// The rows of a view that are in the page: a stretch of it around what is seen. Further ones are fetched ahead in both
// directions, and those far outside are let go, so that a view of a hundred thousand costs no more than one of hundreds.

import { all, one, toast } from "./dom.js"
import { getJson, Problem } from "./http.js"
import { live } from "./live.js"
import { parse } from "./streams.js"

const AHEAD = 2 // screens that are fetched before they are reached
const MOST = 300 // rows in the page
const NEAR = 4 // screens on either side that stay in the page

export class Windowed {
  // `queue` is the <ticket-queue>. `above`: how many rows of the view stand above those in the page; null: nobody knows.
  constructor(queue) {
    this.queue = queue
    queue.addEventListener("scroll", ({ target }) => target === this.rows && this.scrolledSoon(), { capture: true, passive: true })
  }

  // Another view is in the page.
  begin() {
    this.isLoading = false
    this.above = one("[data-earlier]", this.queue).hidden ? 0 : null
    this.number()
    this.scrolledSoon()
  }

  get rows() {
    return one("[data-rows]", this.queue)
  }

  get list() {
    return one(".rows__list", this.queue)
  }

  scrolledSoon() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0
      this.scrolled()
    })
  }

  scrolled() {
    const { rows, list } = this
    if (!rows || !rows.clientHeight) return
    const seen = rows.scrollTop + rows.clientHeight
    if (this.end.isLeft && list.offsetTop + list.offsetHeight - seen < AHEAD * rows.clientHeight) this.load("after")
    else if (this.start.isLeft && rows.scrollTop - list.offsetTop < AHEAD * rows.clientHeight) this.load("before")
  }

  // Links to what is not in the page: where it begins, and whether there is any.
  get end() {
    return edge(this.queue, "[data-more]", "after")
  }

  get start() {
    return edge(this.queue, "[data-earlier]", "before")
  }

  async load(direction) {
    if (this.isLoading) return
    this.isLoading = true
    const { query } = this.queue
    const side = direction === "after" ? this.end : this.start
    try {
      const position = live.position()
      const answer = await getJson(`/queue?${query}&${direction}=${encodeURIComponent(side.place)}`)
      if (query !== this.queue.query) return
      const items = answer.rows.map(parse).filter((item) => !document.getElementById(item.id))
      this.put(items, direction)
      side.place = direction === "after" ? answer.next : answer.before
      live.loaded(position)
      this.queue.arrived(items)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      side.isTired = true // the link stays for the next try
      toast(error.message)
      return
    } finally {
      this.isLoading = false
    }
    this.scrolledSoon()
  }

  put(items, direction) {
    this.steady(() => {
      if (direction === "after") this.list.append(...items)
      else this.list.prepend(...items)
      if (direction === "before" && this.above !== null) this.above = Math.max(0, this.above - items.length)
      this.letGo(direction)
    })
    this.number()
  }

  // Rows far from what is seen, on the side from which one moves away.
  letGo(direction) {
    const children = [...this.list.children]
    const surplus = children.length - MOST
    if (surplus <= 0) return
    const { top, bottom } = this.rows.getBoundingClientRect()
    const reach = NEAR * this.rows.clientHeight
    const isFar = (item) => {
      const box = item.getBoundingClientRect()
      return direction === "after" ? box.bottom < top - reach : box.top > bottom + reach
    }
    const far = (direction === "after" ? children.slice(0, surplus) : children.slice(-surplus)).filter(isFar)
    if (!far.length) return
    for (const item of far) item.remove()
    const left = this.list.children
    if (direction === "after") {
      this.start.place = left[0].dataset.place
      if (this.above !== null) this.above += far.length
    } else this.end.place = left[left.length - 1].dataset.place
  }

  // What is seen stays where it is while rows come and go above it.
  steady(change) {
    const { rows } = this
    const { top } = rows.getBoundingClientRect()
    const held = all(".rows__item", this.list).find((item) => item.getBoundingClientRect().bottom > top)
    const before = held?.getBoundingClientRect().top
    change()
    if (held?.isConnected && rows.scrollTop + rows.clientHeight) rows.scrollTop += held.getBoundingClientRect().top - before
  }

  // For screen readers, which cannot count what is not in the page.
  number() {
    const size = this.queue.size
    ;[...this.list.children].forEach((item, index) => {
      if (this.above === null) return item.removeAttribute("aria-posinset")
      set(item, "aria-posinset", this.above + index + 1)
      set(item, "aria-setsize", Math.max(size, -1))
    })
  }
}

function set(item, name, value) {
  if (item.getAttribute(name) !== String(value)) item.setAttribute(name, value)
}

function edge(queue, selector, name) {
  const box = one(selector, queue)
  const link = one(`[data-${name}]`, box)
  return {
    get isLeft() {
      return !box.hidden && !("tired" in link.dataset)
    },
    get place() {
      return link.dataset[name]
    },
    set place(place) {
      link.dataset[name] = place ?? ""
      delete link.dataset.tired
      box.hidden = !place
    },
    set isTired(isTired) {
      link.toggleAttribute("data-tired", isTired)
    },
  }
}

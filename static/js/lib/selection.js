// The tickets that are selected in the queue, what is done with all of them, and taking that back. A row that is drawn
// anew stays selected; one that leaves the view does not.

import { isSearching } from "./desk.js"
import { announce, listen, one, toast } from "./dom.js"
import { getText, post, Problem } from "./http.js"
import { parse } from "./streams.js"

const MOST = 500

export class Selection {
  constructor(queue) {
    this.queue = queue
    this.numbers = new Set()
    this.from = null // where a stretch begins
    listen(queue, "click", ".row__pick input", (event, box) => this.clicked(event, box))
    listen(queue, "click", ".rows__list .row", (event, row) => this.clickedRow(event, row))
    listen(queue, "click", "[data-unpick]", () => this.clear())
    listen(queue, "click", "[data-bulk-dismiss]", (_, button) => button.closest("[data-bulk-result]").remove())
    listen(queue, "submit", "[data-bulk-form], [data-bulk-undo]", (event, form) => this.submitted(event, form))
    queue.addEventListener("change", ({ target }) => target.matches(".bulk__choice") && this.drawBar())
  }

  // A row was drawn anew, or came.
  draw(item) {
    const box = one(".row__pick input", item)
    box.checked = this.numbers.has(Number(item.dataset.number))
    item.classList.toggle("rows__item--picked", box.checked)
  }

  drawAll() {
    for (const item of this.queue.items) this.draw(item)
    this.drawBar()
  }

  clear() {
    this.numbers.clear()
    this.from = null
    this.drawAll()
  }

  gone(number) {
    if (this.numbers.delete(number)) this.drawBar()
  }

  clicked(event, box) {
    const number = Number(box.value)
    if (event.shiftKey && this.from !== null) this.stretch(number, box.checked)
    else this.set(number, box.checked)
    this.from = number
    this.drawAll()
  }

  clickedRow(event, row) {
    const number = Number(row.dataset.number)
    if (event.button || !(event.shiftKey || event.metaKey || event.ctrlKey)) return
    event.preventDefault()
    if (event.shiftKey) this.stretch(number, true)
    else this.set(number, !this.numbers.has(number))
    this.from = number
    this.drawAll()
    row.focus({ preventScroll: true })
  }

  // The key: the row that has the focus, else the open one.
  toggle() {
    const item = this.current()
    if (!item) return
    const number = Number(item.dataset.number)
    this.set(number, !this.numbers.has(number))
    this.from = number
    this.drawAll()
  }

  // The row that has the focus, then the one to which `move` goes.
  extend(move) {
    const item = this.current()
    if (item) this.set(Number(item.dataset.number), true)
    move()
    const next = this.current()
    if (next) this.set(Number(next.dataset.number), true)
    this.from = next ? Number(next.dataset.number) : null
    this.drawAll()
  }

  // None while a search stands over the rows.
  current() {
    if (isSearching()) return null
    return document.activeElement?.closest?.(".rows__item") ?? one(".row[aria-current]", this.queue)?.closest(".rows__item")
  }

  set(number, isPicked) {
    if (!isPicked) return this.numbers.delete(number)
    if (this.numbers.size >= MOST) return toast(`Select ${MOST} tickets at most.`)
    return this.numbers.add(number)
  }

  stretch(to, isPicked) {
    const numbers = this.queue.items.map((item) => Number(item.dataset.number))
    const ends = [numbers.indexOf(this.from ?? to), numbers.indexOf(to)].sort((one, other) => one - other)
    for (const number of numbers.slice(Math.max(ends[0], 0), ends[1] + 1)) this.set(number, isPicked)
  }

  drawBar() {
    const bar = one("[data-bulk]", this.queue)
    if (!bar) return
    bar.classList.toggle("bulk--open", this.numbers.size > 0)
    one("[data-picked]", bar).textContent = `${this.numbers.size} selected`
    one("[data-bulk-apply]", bar).hidden = !one(".bulk__choice", bar)?.value
    if (this.numbers.size) this.loadChoice(bar)
  }

  async loadChoice(bar) {
    if (bar.dataset.loaded) return
    bar.dataset.loaded = "1"
    try {
      one("[data-bulk-choice]", bar).replaceChildren(parse(await getText("/queue/bulk")))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      delete bar.dataset.loaded
    }
  }

  async submitted(event, form) {
    if (event.submitter?.getAttribute("formmethod") === "get") return
    event.preventDefault()
    if (form.ariaBusy === "true") return
    form.ariaBusy = "true"
    const isUndo = form.matches("[data-bulk-undo]")
    try {
      const fields = isUndo ? new URLSearchParams(new FormData(form)) : this.fields(event.submitter)
      const { html, numbers } = await post(form.getAttribute("action"), fields)
      const answer = parse(html)
      one("[data-bulk-answer]", this.queue).replaceChildren(answer)
      announce(one(".bulk__words", answer).textContent)
      if (!isUndo) this.clear()
      for (const number of numbers) this.queue.refresh(`row-${number}`)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      toast(error.message)
    } finally {
      form.ariaBusy = "false"
    }
  }

  fields(submitter) {
    const act = submitter?.name === "act" ? submitter.value : one(".bulk__choice", this.queue)?.value
    return new URLSearchParams([["act", act ?? ""], ...[...this.numbers].map((number) => ["number", number])])
  }
}

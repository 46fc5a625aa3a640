// <message-composer>: where one writes. Shows the bubble at once, keeps drafts of reply and note apart, counts as the
// channel counts, and gives up words only when the server has them.

import { actOnMessages } from "../lib/act.js"
import { all, clone, one, uuid } from "../lib/dom.js"
import { getText, Problem } from "../lib/http.js"
import { Drafts } from "../lib/drafts.js"
import { unsent } from "../lib/keep.js"
import { live } from "../lib/live.js"
import { Offers } from "../lib/offers.js"
import { isLost, markTrying, send, showBubble } from "../lib/outgoing.js"
import { countParts, sizeOf } from "../lib/split.js"
import { parse } from "../lib/streams.js"
import { now } from "../lib/time.js"
import { takeFiles, Uploads } from "../lib/uploads.js"
import { emojiMenu } from "./emoji-menu.js"

class MessageComposer extends HTMLElement {
  connectedCallback() {
    this.form = one("form", this)
    this.text = one("textarea", this)
    this.inFlight = null
    const media = JSON.parse(this.dataset.media)
    this.files = new Uploads({ list: one("[data-files]", this), number: this.number, media, changed: () => this.update() })
    this.listen()
    this.update()
    queueMicrotask(() => this.restore())
  }

  disconnectedCallback() {
    this.drafts.save()
    this.ended?.abort()
  }

  get number() {
    return Number(this.dataset.number)
  }

  get kind() {
    return this.form.elements.kind.value
  }

  get thread() {
    return one("message-thread")
  }

  get mayReply() {
    return one(".composer__window", this)?.dataset.permission !== "nothing"
  }

  listen() {
    this.ended = new AbortController()
    const { signal } = this.ended
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.submit()))
    this.text.addEventListener("keydown", (event) => this.pressed(event))
    this.text.addEventListener("input", () => this.typed())
    for (const radio of all(".composer__kind", this)) radio.addEventListener("change", () => this.switched(radio.value))
    one("[data-file-input]", this).addEventListener("change", (event) => this.attach(event.target.files, event.target))
    one("[data-emoji]", this).addEventListener("click", (event) => this.chooseEmoji(event.currentTarget))
    one("[data-heart]", this).addEventListener("click", () => this.sendAlone({ isHeart: true }))
    one("[data-unquote]", this).addEventListener("click", () => this.quote(null))
    this.addEventListener("over", () => this.refreshWindow())
    document.addEventListener("arrival", () => this.refreshWindow(), { signal })
    this.drafts = new Drafts(this, signal)
    this.offers = new Offers(this, signal)
    takeFiles(this, signal)
    actOnMessages(this, signal)
  }

  // --- writing ---

  // Puts the keyboard here, as "reply" or "note".
  write(kind) {
    if (this.kind !== kind) one(`.composer__kind[value=${kind}]`, this).click()
    this.text.focus()
  }

  pressed(event) {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229 || event.shiftKey || event.altKey) return
    event.preventDefault()
    this.submit()
  }

  typed() {
    live.typing(this.kind)
    this.update()
    this.drafts.saveSoon()
  }

  switched(kind) {
    this.drafts.turnTo(kind)
    this.text.ariaLabel = this.text.dataset[`${kind}Label`]
    this.text.placeholder = this.text.dataset[`${kind}Placeholder`]
    this.problem(null)
    this.update()
    this.text.focus()
  }

  update() {
    const isReply = this.kind === "reply"
    const count = one("[data-count]", this)
    const { limit, unit } = this.dataset
    const size = sizeOf(this.text.value.trim(), unit)
    const parts = size > limit ? countParts(this.text.value, Number(limit), unit) : 1
    count.textContent = parts > 1 ? `will be sent as ${parts} messages` : size ? `${limit - size} left` : ""
    count.classList.toggle("composer__count--over", parts > 1)
    one("[data-send-text]", this).textContent = isReply ? "Send" : "Add note"
    one("[data-send]", this).disabled = isReply && (this.files.isBusy || !this.mayReply)
  }

  // --- sending ---

  async submit() {
    const isReply = this.kind === "reply"
    const files = isReply ? this.files.done : []
    const text = this.text.value
    if (!text.trim() && !files.length) return
    if (isReply && (this.files.isBusy || !this.mayReply)) return
    if (this.inFlight?.text === text && this.inFlight.kind === this.kind) return
    const entry = { ...this.entry(), kind: this.kind, text, uploads: files }
    if (isReply) Object.assign(entry, { replyTo: this.quoted?.id, quote: this.quoted?.text, options: this.offers.options })
    this.inFlight = entry
    this.form.ariaBusy = "true"
    showBubble(this.thread, entry)
    await this.deliver(entry)
    if (this.inFlight === entry) this.inFlight = null
    this.form.ariaBusy = "false"
  }

  // A heart or a card: what does not come out of the text.
  sendAlone(what) {
    const entry = { ...this.entry(), kind: "reply", text: "", ...what }
    showBubble(this.thread, entry)
    return this.deliver(entry)
  }

  entry() {
    return { clientId: uuid(), number: this.number, seen: this.thread?.seen ?? null, at: now() }
  }

  async deliver(entry, options) {
    this.problem(null)
    try {
      await send(entry, options)
      this.taken(entry)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (isLost(error)) this.taken(entry) // the bubble has the words now, and survives a reload
      else this.refused(entry, error)
    }
  }

  // The server (or the bubble) has it: the words go, but not those that were typed meanwhile.
  taken(entry) {
    if (entry.text) this.drafts.forget(entry)
    if (entry.kind === "reply" && (entry.text || entry.uploads?.length)) this.reset()
    this.update()
  }

  reset() {
    this.files.clear()
    this.offers.clear()
    this.quote(null)
  }

  refused(entry, error) {
    const isGuard = Boolean(error.body.is_guard)
    this.problem(error.message, isGuard && (() => this.sendAnyway(entry)))
    if (error.status === 422) this.refreshWindow()
  }

  sendAnyway(entry) {
    entry.seen = this.thread.seen
    showBubble(this.thread, entry)
    return this.deliver(entry, { anyway: true })
  }

  problem(sentence, anyway) {
    const dismiss = () => (this.problem(null), this.text.focus())
    one("[data-problem]", this).replaceChildren(...(sentence ? [problemBox(sentence, { anyway, dismiss })] : []))
  }

  // What a reload found on its way is shown again, and tried once more by itself under the same id.
  restore() {
    for (const entry of unsent.of(this.number)) {
      showBubble(this.thread, entry)
      const isFirst = !entry.tries
      this.resend({ ...entry, tries: (entry.tries ?? 0) + 1 }, isFirst)
    }
  }

  resend(entry, isNow = true) {
    unsent.keep(entry)
    if (!isNow) return send(entry).catch(() => undefined)
    markTrying(entry.clientId)
    return this.deliver(entry)
  }

  // --- what goes with the words ---

  quote(quoted) {
    this.quoted = quoted
    one("[data-quote]", this).hidden = !quoted
    one("[data-quote-text]", this).textContent = quoted?.text ?? ""
    if (quoted) this.write("reply")
  }

  // Puts a text back, below what is written already.
  put(text) {
    this.write("reply")
    this.text.value = this.text.value ? `${this.text.value}\n${text}` : text
    this.typed()
  }

  chooseEmoji(button) {
    const chosen = (emoji) => {
      this.text.focus()
      this.text.setRangeText(emoji, this.text.selectionStart, this.text.selectionEnd, "end")
      this.typed()
    }
    emojiMenu().openAt(button, { label: "Emoji", chosen })
  }

  attach(files, input) {
    this.files.add([...files])
    if (input) input.value = ""
    this.text.focus()
  }

  // --- the reply window ---

  async refreshWindow() {
    clearTimeout(this.asking)
    this.asking = setTimeout(async () => {
      try {
        const html = await getText(`/tickets/${this.number}/window`)
        one(".composer__window", this)?.replaceWith(parse(html))
        this.update()
      } catch (error) {
        if (!(error instanceof Problem)) throw error // the server refuses by itself what may not be sent
      }
    }, 200)
  }
}

function problemBox(sentence, { anyway, dismiss }) {
  const box = clone("composer-problem", { sentence })
  one("[data-dismiss]", box).addEventListener("click", dismiss)
  if (!anyway) return box
  box.classList.add("composer__problem--guard")
  one("[data-anyway]", box).hidden = false
  one("[data-anyway]", box).addEventListener("click", anyway)
  one("[data-dismiss]", box).textContent = "Back to writing"
  return box
}

customElements.define("message-composer", MessageComposer)

// <message-composer>: where one writes. Shows the bubble at once, keeps drafts of reply and note apart, counts as the
// channel counts, gives up words only when the server has them, and goes on with the next ticket when asked to.

import { actOnMessages } from "../lib/act.js"
import { all, clone, one, uuid } from "../lib/dom.js"
import { goOn, nextTicket } from "../lib/forms.js"
import { getText, Problem } from "../lib/http.js"
import { Drafts } from "../lib/drafts.js"
import { EmojiCompletion } from "../lib/emoji-completion.js"
import { unsent } from "../lib/keep.js"
import { live } from "../lib/live.js"
import { Mentions } from "../lib/mentions.js"
import { openMenu } from "../lib/menus.js"
import { Offers } from "../lib/offers.js"
import { isLost, markTrying, send, showBubble } from "../lib/outgoing.js"
import { countParts, sizeOf } from "../lib/split.js"
import { parse } from "../lib/streams.js"
import { isComposing } from "../lib/keys.js"
import { now, zone } from "../lib/time.js"
import { takeFiles, Uploads } from "../lib/uploads.js"
import { emojiMenu } from "./emoji-menu.js"

class MessageComposer extends HTMLElement {
  connectedCallback() {
    this.form = one("form", this)
    this.text = one("textarea", this)
    this.until = one("[data-typed]", this)
    this.inFlight = null
    const media = JSON.parse(this.dataset.media)
    this.files = new Uploads({ list: one("[data-files]", this), number: this.number, media, changed: () => this.filesChanged() })
    this.listen()
    this.drafts.restoreRest()
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
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.submit(event.submitter?.value)))
    this.until.addEventListener("keydown", (event) => this.pressedInTime(event))
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
    this.emoji = new EmojiCompletion(this)
    this.mentions = new Mentions(this)
    takeFiles(this, signal)
    actOnMessages(this, signal)
  }

  // --- writing ---

  // Puts the keyboard here, as "reply" or "note".
  write(kind) {
    if (this.kind !== kind) one(`.composer__kind[value=${kind}]`, this).click()
    this.text.focus()
  }

  // Enter sends, or mod and Enter, as its agent has chosen. Further keys: lib/keys.js.
  pressed(event) {
    if (event.key !== "Enter" || isComposing(event) || event.shiftKey || event.altKey) return
    if (!("sendsByEnter" in this.dataset) && !event.metaKey && !event.ctrlKey) return
    event.preventDefault()
    this.submit()
  }

  pressedInTime(event) {
    if (event.key !== "Enter" || isComposing(event)) return
    event.preventDefault()
    this.submit("snooze")
  }

  typed() {
    live.typing(this.kind)
    this.update()
    this.drafts.changed()
  }

  filesChanged() {
    this.update()
    this.drafts?.changed()
  }

  // Puts the draft of another window in the place of what is here.
  show(text) {
    this.text.value = text
    this.update()
  }

  differs(other, take) {
    const words = other ? `has other words of this draft: “${other.slice(0, 200)}”` : "has sent this draft, or thrown it away."
    this.problem(`Another window of yours ${words}`, { words: other ? "Take those" : "Clear this one", act: () => (take(), this.show(other)) })
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
    for (const place of all("[data-send-text]", this)) place.textContent = isReply ? "Send" : "Add note"
    const isHeld = isReply && (this.files.isBusy || !this.mayReply)
    for (const button of all("[data-send], [name=then]", this)) button.disabled = isHeld
  }

  // --- sending ---

  // `then`: what becomes of the ticket: "close", "wait", "snooze" until what is typed beside it, or nothing.
  async submit(then = "") {
    const isReply = this.kind === "reply"
    const files = isReply ? this.files.done : []
    const text = this.text.value
    if (!text.trim() && !files.length) return
    if (isReply && (this.files.isBusy || !this.mayReply)) return
    if (this.inFlight?.text === text && this.inFlight.kind === this.kind) return
    if (then === "snooze" && !this.until.value.trim()) return openMenu("send", "[data-typed]")
    const entry = { ...this.entry(), kind: this.kind, text, uploads: files, ...this.after(then) }
    if (!isReply) entry.mentions = this.mentions.in(text)
    if (isReply) Object.assign(entry, { replyTo: this.quoted?.id, quote: this.quoted?.text, options: this.offers.options })
    this.inFlight = entry
    this.form.ariaBusy = "true"
    const next = then && nextTicket(then)
    showBubble(this.thread, entry)
    const isTaken = await this.deliver(entry)
    if (this.inFlight === entry) this.inFlight = null
    this.form.ariaBusy = "false"
    if (isTaken && then) this.wentOn(then, next)
  }

  after(then) {
    return then === "snooze" ? { then, until: this.until.value, zone } : then ? { then } : {}
  }

  wentOn(then, next) {
    if (then === "snooze") this.until.value = ""
    for (const menu of all("details[data-menu][open]", this)) menu.open = false
    goOn(this.number, next)
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

  // Whether the server has it.
  async deliver(entry, options) {
    this.problem(null)
    if (entry.kind) await this.drafts.hold()
    entry.draft = entry.text || entry.uploads?.length ? this.drafts.revision(entry.kind) : undefined
    try {
      const { draft } = await send(entry, options)
      this.taken(entry, draft)
      return true
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (isLost(error)) this.taken(entry) // the bubble has the words now, and survives a reload
      else this.refused(entry, error)
      return false
    }
  }

  // The server (or the bubble) has it: the words go, but not those that were typed meanwhile.
  taken(entry, revision) {
    if (entry.kind === "reply" && (entry.text || entry.uploads?.length)) this.reset()
    this.drafts.letGo(entry, { isTaken: Boolean(entry.text || entry.uploads?.length), revision })
    this.update()
  }

  reset() {
    this.files.clear()
    this.offers.clear()
    this.quote(null)
  }

  refused(entry, error) {
    this.drafts.letGo(entry, { isTaken: false })
    this.problem(error.message, error.body.is_guard && { act: () => this.sendAnyway(entry), words: "Send anyway" })
    if (error.status === 422) this.refreshWindow()
  }

  sendAnyway(entry) {
    entry.seen = this.thread.seen
    showBubble(this.thread, entry)
    return this.deliver(entry, { anyway: true })
  }

  // `other`: {words, act} of a button besides the one that dismisses it.
  problem(sentence, other) {
    const dismiss = () => (this.problem(null), this.text.focus())
    one("[data-problem]", this).replaceChildren(...(sentence ? [problemBox(sentence, { other, dismiss })] : []))
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

  quote(quoted, { isTyped = true } = {}) {
    this.quoted = quoted
    one("[data-quote]", this).hidden = !quoted
    one("[data-quote-text]", this).textContent = quoted?.text ?? ""
    if (!isTyped) return
    if (quoted) this.write("reply")
    this.drafts.changed()
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

  // `said`: how long a recording is.
  attach(files, input, said = "") {
    this.files.add([...files], said)
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

function problemBox(sentence, { other, dismiss }) {
  const box = clone("composer-problem", { sentence })
  one("[data-dismiss]", box).addEventListener("click", dismiss)
  if (!other) return box
  box.classList.add("composer__problem--guard")
  const button = one("[data-anyway]", box)
  button.hidden = false
  button.textContent = other.words
  button.addEventListener("click", () => (dismiss(), other.act()))
  one("[data-dismiss]", box).textContent = "Back to writing"
  return box
}

customElements.define("message-composer", MessageComposer)

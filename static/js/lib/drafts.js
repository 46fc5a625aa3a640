// The words that are not sent yet, of reply and note apart. They are kept in this browser at once and on the server soon
// after: for other windows, other machines, and the day after. A save names the revision that it builds upon, so that one
// that is late brings nothing back (helpdesk/domain/drafts.py).

import { getJson, post, Problem } from "./http.js"
import { draft } from "./keep.js"

const KEEP = 300 // ms after the last key, in this browser
const SAVE = 900 // ms, on the server
const KINDS = ["reply", "note"]

export class Drafts {
  #timers = {}
  #isOurs = {} // kinds with words that were typed here and are on their way to the server
  #saving = Promise.resolve()
  #isHeld = false // a message is taking the words along: what is typed behind them is saved after it

  constructor(composer, signal) {
    this.composer = composer
    this.known = JSON.parse(composer.dataset.drafts) // as the server has them
    this.texts = {}
    for (const kind of KINDS) this.#begin(kind)
    composer.text.value = this.texts[composer.kind]
    window.addEventListener("pagehide", () => this.keep(), { signal })
    window.addEventListener("storage", (event) => this.#elsewhere(event), { signal })
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh(), { signal })
    document.addEventListener("connection", ({ detail }) => this.#connected(detail.state), { signal })
  }

  // Files and the quoted message of the reply, once the composer is ready for them.
  restoreRest() {
    const { files, quoted } = this.known.reply
    if (files.length) this.composer.files.restore(files)
    if (quoted) this.composer.quote(quoted, { isTyped: false })
    for (const kind of KINDS) if (this.#record(kind)?.isUnsaved) this.#soon(kind)
  }

  revision(kind) {
    return this.known[kind].revision
  }

  // --- this browser ---

  // Writes down what stands in the composer.
  keep() {
    clearTimeout(this.#timers.keep)
    const { kind, text } = this.composer
    this.texts[kind] = text.value
    this.#write(kind)
  }

  changed() {
    this.#isOurs[this.composer.kind] = true
    clearTimeout(this.#timers.keep)
    this.#timers.keep = setTimeout(() => this.keep(), KEEP)
    this.#soon(this.composer.kind)
  }

  // From the reply to the note, or back.
  turnTo(kind) {
    const before = kind === "note" ? "reply" : "note"
    clearTimeout(this.#timers.keep)
    this.texts[before] = this.composer.text.value
    this.#write(before)
    this.#soon(before)
    this.composer.text.value = this.texts[kind]
  }

  // --- a message ---

  // To be awaited before a message goes: no save overtakes it, or comes in behind it.
  async hold() {
    this.#isHeld = true
    for (const kind of KINDS) clearTimeout(this.#timers[kind])
    await this.#saving
  }

  // It was taken (by the server at this `revision`, or by its bubble) or refused.
  letGo({ kind, text }, { isTaken, revision = null }) {
    if (isTaken) {
      if (revision !== null) this.known[kind] = { revision, text: "", files: [], quoted: null }
      this.#forget(kind, text)
    }
    this.#isHeld = false
    this.#soon(kind)
  }

  // These words went out. What was typed behind them meanwhile stays.
  #forget(kind, text) {
    const isShown = this.composer.kind === kind
    this.#isOurs[kind] = false
    const written = isShown ? this.composer.text.value : this.texts[kind]
    if (!written.startsWith(text)) return // rewritten meanwhile: whose words these are, the agent knows best
    this.texts[kind] = written.slice(text.length).trimStart()
    if (isShown) this.composer.text.value = this.texts[kind]
    this.#write(kind)
  }

  // --- the server ---

  // What another machine has written since, unless there are words here that it does not have.
  async refresh() {
    if (this.#isHeld || KINDS.some((kind) => this.#isUnsaved(kind))) return
    try {
      const found = await getJson(`/tickets/${this.composer.number}/drafts`)
      for (const kind of KINDS) if (!this.#isUnsaved(kind) && !this.#isHeld) this.#take(kind, found[kind])
    } catch (error) {
      if (!(error instanceof Problem)) throw error // asked again with the next look
    }
  }

  // At once, also when the composer is going away.
  save() {
    this.keep()
    for (const kind of KINDS) this.#save(kind)
  }

  #soon(kind) {
    clearTimeout(this.#timers[kind])
    if (!this.#isHeld) this.#timers[kind] = setTimeout(() => this.#save(kind), SAVE)
  }

  #save(kind) {
    clearTimeout(this.#timers[kind])
    this.#saving = this.#saving.then(() => this.#put(kind))
  }

  async #put(kind) {
    if (this.#isHeld) return
    if (!this.#isUnsaved(kind)) return void (this.#isOurs[kind] = false)
    const sent = this.#now(kind)
    const body = new URLSearchParams({ kind, revision: this.revision(kind), text: sent.text })
    if (sent.quoted) body.set("reply_to", sent.quoted.id)
    for (const { id } of sent.files) body.append("upload", id)
    try {
      const { revision } = await post(`/tickets/${this.composer.number}/draft`, body)
      this.known[kind] = { ...sent, revision }
      this.#isOurs[kind] = this.#isUnsaved(kind)
      this.#write(kind)
    } catch (error) {
      if (!(error instanceof Problem)) throw error // it is kept here, and saved with the next key or connection
      if (error.status === 409) this.#differs(kind, error.body.draft, sent)
    }
  }

  // The answer to our own save was lost; or another window has changed, sent or thrown away the draft since. Then the
  // words here stay where they are, and whoever wrote them decides.
  #differs(kind, other, sent) {
    this.known[kind] = other
    if (other.text === sent.text) return this.#soon(kind)
    if (sent.text) this.composer.differs(other.text, () => this.#take(kind, other))
    else this.#take(kind, other)
  }

  #take(kind, other) {
    if (other.revision < this.revision(kind)) return
    const isNews = other.text !== this.texts[kind]
    this.#isOurs[kind] = false
    this.known[kind] = other
    this.texts[kind] = other.text
    draft.set(this.composer.number, kind, { text: other.text, revision: other.revision, isUnsaved: false })
    if (kind === this.composer.kind && isNews) this.composer.show(other.text)
    if (kind === "reply") this.composer.files.restore(other.files)
  }

  // --- what is where ---

  #begin(kind) {
    const record = this.#record(kind)
    const isNewer = record && (record.isUnsaved || record.revision > this.revision(kind))
    if (isNewer) this.known[kind] = { ...this.known[kind], revision: record.revision }
    if (isNewer && !record.isUnsaved) this.known[kind].text = record.text
    this.texts[kind] = isNewer ? record.text : this.known[kind].text
  }

  // Another window of this browser has written, and here is nothing that it does not have.
  #elsewhere({ key }) {
    const kind = KINDS.find((each) => key === draft.key(this.composer.number, each))
    if (!kind || this.#isOurs[kind]) return
    const record = this.#record(kind) ?? { text: "", revision: this.revision(kind) }
    if (record.revision < this.revision(kind)) return
    this.known[kind] = { ...this.known[kind], revision: record.revision, ...(!record.isUnsaved && { text: record.text }) }
    this.texts[kind] = record.text
    if (kind === this.composer.kind && this.composer.text.value !== record.text) this.composer.show(record.text)
  }

  #connected(state) {
    if (state === "live" && this.state !== "live") for (const kind of KINDS) this.#save(kind)
    this.state = state
  }

  #now(kind) {
    const { composer } = this
    const isReply = kind === "reply"
    const text = composer.kind === kind ? composer.text.value : this.texts[kind]
    return { text, files: isReply ? composer.files.kept : [], quoted: (isReply && composer.quoted) || null }
  }

  #isUnsaved(kind) {
    return differ(this.#now(kind), this.known[kind])
  }

  #write(kind) {
    const text = this.texts[kind]
    draft.set(this.composer.number, kind, { text, revision: this.revision(kind), isUnsaved: this.#isUnsaved(kind) })
  }

  #record(kind) {
    const record = draft.get(this.composer.number, kind)
    if (typeof record === "string") return { text: record, revision: this.revision(kind), isUnsaved: true } // of an earlier version of this page
    return record
  }
}

const ids = (files) => files.map(({ id }) => id).sort().join()

function differ(one, other) {
  return one.text !== other.text || ids(one.files) !== ids(other.files) || String(one.quoted?.id ?? "") !== String(other.quoted?.id ?? "")
}

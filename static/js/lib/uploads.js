// Files on their way: checked before they leave, sent with progress, to be cancelled at any time.

import { clone, one } from "./dom.js"
import { token } from "./http.js"
import { signInAgain } from "./sign-in.js"

const MEGA = 2 ** 20

// The files beside a composer. `media`: {kind: {types, size}}; `changed` is called whenever one comes, goes or is done.
export class Uploads {
  constructor({ list, number, media, changed }) {
    Object.assign(this, { list, number, media, changed, items: [] })
  }

  get isBusy() {
    return this.items.some((item) => item.state === "sending")
  }

  get done() {
    return this.items.filter((item) => item.state === "done").map(({ id, name }) => ({ id, name }))
  }

  // What a draft keeps of them.
  get kept() {
    return this.items.filter((item) => item.state === "done").map(({ id, name, bytes, hasPreview }) => ({ id, name, size: bytes, has_preview: hasPreview }))
  }

  // `said`: how long they are, of recordings.
  add(files, said = "") {
    for (const file of files) this.start(file, said)
  }

  // Those of a draft: they are on the server already. `files`: [{id, name, size, has_preview}].
  restore(files) {
    for (const { id, name, size: bytes, has_preview: hasPreview } of files) {
      if (this.items.some((item) => item.id === id)) continue
      const item = { id, name, bytes, hasPreview, state: "done", element: clone("upload-item", { name }) }
      this.items.push(item)
      this.list.append(item.element)
      this.show(item, size(bytes), hasPreview && `/files/${id}/preview`)
      one("progress", item.element).hidden = true
    }
    this.changed()
  }

  // Forgets those that a message has taken along.
  clear() {
    for (const item of [...this.items]) this.drop(item)
  }

  // Why the channel would not take it, "" when it would.
  problem(file) {
    const kinds = Object.values(this.media)
    const limit = kinds.find(({ types }) => types.includes(file.type))
    if (!limit) return `Files of this kind cannot be sent here${file.type ? ` (${file.type})` : ""}`
    if (file.size > limit.size) return `Too large: ${Math.floor(limit.size / MEGA)} MB at most`
    return file.size ? "" : "This file is empty"
  }

  start(file, said) {
    const item = { name: file.name || "file", state: "sending", element: clone("upload-item", { name: file.name || "file" }) }
    item.facts = [said, size(file.size)].filter(Boolean).join(" · ")
    this.items.push(item)
    this.list.append(item.element)
    this.draw(item, file)
    const problem = this.problem(file)
    if (problem) this.fail(item, problem)
    else this.send(item, file)
    this.changed()
  }

  draw(item, file) {
    if (file.type.startsWith("image/")) item.preview = URL.createObjectURL(file)
    this.show(item, item.facts, item.preview)
    one("[data-again]", item.element).addEventListener("click", () => this.again(item, file))
    if (file.type.startsWith("audio/")) this.drawSound(item, file)
  }

  show(item, facts, preview) {
    this.say(item, facts)
    one("[data-slot=cancel]", item.element).textContent = `Remove ${item.name}`
    one("[data-cancel]", item.element).addEventListener("click", () => this.drop(item))
    if (!preview) return
    const image = new Image()
    image.src = preview
    image.alt = ""
    image.className = "upload__preview"
    one("[data-slot=preview]", item.element).replaceWith(image)
  }

  // One may listen to it before it goes.
  drawSound(item, file) {
    item.preview = URL.createObjectURL(file)
    item.sound = new Audio(item.preview)
    const button = clone("upload-play", { label: `Listen to ${item.name}` })
    const show = () => {
      one("use", button).setAttribute("href", item.sound.paused ? "#icon-play" : "#icon-pause")
      button.ariaPressed = String(!item.sound.paused)
    }
    for (const change of ["play", "pause", "ended"]) item.sound.addEventListener(change, show)
    button.addEventListener("click", () => (item.sound.paused ? item.sound.play().catch(show) : item.sound.pause()))
    one("[data-slot=preview]", item.element).replaceWith(button)
  }

  // What was said into a microphone cannot be chosen once more.
  again(item, file) {
    item.state = "sending"
    item.element.classList.remove("upload--failed")
    one("[data-again]", item.element).hidden = true
    one("progress", item.element).hidden = false
    this.say(item, item.facts)
    this.send(item, file)
    this.changed()
  }

  send(item, file) {
    const form = new FormData()
    form.append("ticket", this.number)
    form.append("file", file)
    const request = (item.request = new XMLHttpRequest()) // fetch tells no progress
    const progress = one("progress", item.element)
    request.upload.addEventListener("progress", (event) => (progress.value = event.loaded / event.total))
    request.addEventListener("load", () => this.answered(item, file, request))
    request.addEventListener("error", () => this.fail(item, "No connection", { mayTryAgain: true }))
    request.open("POST", "/uploads")
    request.setRequestHeader("X-CSRFToken", token())
    request.setRequestHeader("Accept", "application/json")
    request.responseType = "json"
    request.send(form)
  }

  async answered(item, file, request) {
    const isOut = request.status === 401 || request.response?.is_stale
    if (isOut && !item.isAgain) {
      item.isAgain = true
      if (await signInAgain()) return this.send(item, file)
    }
    if (request.status !== 201) {
      const mayTryAgain = request.status >= 500
      return this.fail(item, request.response?.error ?? "It could not be uploaded", { mayTryAgain })
    }
    item.state = "done"
    item.id = request.response.id
    item.bytes = request.response.size
    item.hasPreview = request.response.has_preview
    one("progress", item.element).hidden = true
    this.changed()
  }

  fail(item, reason, { mayTryAgain = false } = {}) {
    item.state = "failed"
    one("[data-again]", item.element).hidden = !mayTryAgain
    item.element.classList.add("upload--failed")
    one("progress", item.element).hidden = true
    this.say(item, reason)
    this.changed()
  }

  say(item, text) {
    one("[data-slot=facts]", item.element).textContent = text
  }

  drop(item) {
    item.request?.abort()
    item.sound?.pause()
    if (item.preview) URL.revokeObjectURL(item.preview)
    item.element.remove()
    this.items = this.items.filter((other) => other !== item)
    this.changed()
  }
}

// Files that are pasted into the composer, or dropped anywhere on its thread.
export function takeFiles(composer, signal) {
  const zone = composer.closest(".thread")
  const isReply = () => composer.kind === "reply"
  const mark = (isOver) => composer.form.classList.toggle("composer--over", isOver)
  const on = (type, handle) => zone.addEventListener(type, handle, { signal })
  on("paste", (event) => {
    if (!isReply() || !event.clipboardData?.files.length) return
    event.preventDefault()
    composer.attach(event.clipboardData.files)
  })
  on("dragover", (event) => {
    if (!isReply() || !event.dataTransfer?.types.includes("Files")) return
    event.preventDefault()
    mark(true)
  })
  on("dragleave", (event) => zone.contains(event.relatedTarget) || mark(false))
  on("drop", (event) => {
    mark(false)
    if (!isReply() || !event.dataTransfer?.files.length) return
    event.preventDefault()
    composer.attach(event.dataTransfer.files)
  })
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

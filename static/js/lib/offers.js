// What the customer can tap: quick replies that go with the next message, and product cards that go alone.

import { clone, listen, one } from "./dom.js"

export class Offers {
  options = []

  // `composer` gets the card; its data says how many quick replies the channel shows, and how long they may be.
  constructor(composer, signal) {
    this.composer = composer
    this.list = one("[data-answer-list]", composer)
    const answers = document.getElementById("answers")
    const card = document.getElementById("card")
    const { answers: most, answerLength } = composer.dataset
    one("[data-hint]", answers).textContent = `${most} at most, ${answerLength} characters each`
    answers.addEventListener("close", () => answers.returnValue === "ok" && this.offer(one("form", answers)), { signal })
    card.addEventListener("close", () => card.returnValue === "ok" && this.send(one("form", card)), { signal })
    listen(composer, "click", "[data-remove]", (_, button) => this.drop(one("[data-slot=title]", button.closest(".answer"))))
  }

  clear() {
    this.options = []
    this.draw()
  }

  offer(form) {
    const lines = form.elements.titles.value.split("\n").map((line) => line.trim()).filter(Boolean)
    this.options = [...new Set([...this.options, ...lines])].slice(0, Number(this.composer.dataset.answers))
    form.reset()
    this.draw()
    this.composer.write("reply")
  }

  drop(title) {
    this.options = this.options.filter((each) => each !== title.textContent)
    this.draw()
  }

  draw() {
    this.list.replaceChildren(...this.options.map((title) => clone("answer-item", { title })))
  }

  send(form) {
    const card = Object.fromEntries(new FormData(form))
    form.reset()
    if (card.title?.trim()) this.composer.sendAlone({ card })
  }
}

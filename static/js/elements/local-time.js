// <local-time datetime data-format="time|date|moment|coming|second">: a moment in the reader's zone; exact on hover.

import { clockTime, coming, exactTime, moment, secondTime, shortDate } from "../lib/time.js"

const FORMATS = { time: clockTime, date: shortDate, moment, coming, second: secondTime }

class LocalTime extends HTMLElement {
  static observedAttributes = ["datetime"]

  attributeChangedCallback() {
    const date = new Date(this.getAttribute("datetime"))
    if (Number.isNaN(date.getTime())) return
    this.textContent = (FORMATS[this.dataset.format] ?? clockTime)(date)
    this.title = exactTime(date)
  }
}

customElements.define("local-time", LocalTime)

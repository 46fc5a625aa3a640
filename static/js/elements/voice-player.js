// <voice-player>: the browser's own player, and the speed beside it.

const SPEEDS = [1, 1.5, 2]

class VoicePlayer extends HTMLElement {
  connectedCallback() {
    if (this.querySelector("button")) return
    const audio = this.querySelector("audio")
    const button = document.createElement("button")
    button.type = "button"
    button.className = "voice__speed tabular"
    const show = () => {
      button.textContent = `${audio.playbackRate}×`
      button.setAttribute("aria-label", `Speed ${audio.playbackRate}×, change it`)
    }
    button.addEventListener("click", () => {
      audio.playbackRate = SPEEDS[(SPEEDS.indexOf(audio.playbackRate) + 1) % SPEEDS.length]
      show()
    })
    show()
    this.append(button)
  }
}

customElements.define("voice-player", VoicePlayer)

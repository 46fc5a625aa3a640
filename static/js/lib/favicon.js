// The number of unread tickets on the tab's icon, for tabs too narrow for their title.

const SIZE = 64 // px
const MOST = 99

let plain = null // the icon as an image
let shown = 0

export function startFavicon() {
  const link = icon()
  if (!link) return
  link.dataset.plain = link.href
  document.addEventListener("unread", ({ detail }) => show(detail.count))
}

async function show(count) {
  if (count === shown) return
  shown = count
  const link = icon()
  if (!count) return void (link.href = link.dataset.plain)
  plain ??= await loaded(link.dataset.plain)
  if (plain && count === shown) link.href = drawn(count)
}

function drawn(count) {
  const canvas = document.createElement("canvas")
  canvas.width = canvas.height = SIZE
  const pen = canvas.getContext("2d")
  pen.drawImage(plain, 0, 0, SIZE, SIZE)
  const text = count > MOST ? `${MOST}+` : String(count)
  const width = { 1: 36, 2: 46 }[text.length] ?? 60
  pen.fillStyle = "#c8322b"
  pen.beginPath()
  pen.roundRect(SIZE - width, SIZE - 36, width, 36, 18)
  pen.fill()
  pen.fillStyle = "#fff"
  pen.font = "700 30px system-ui, sans-serif"
  pen.textAlign = "center"
  pen.textBaseline = "middle"
  pen.fillText(text, SIZE - width / 2, SIZE - 17)
  return canvas.toDataURL("image/png")
}

function loaded(address) {
  const image = new Image()
  image.src = address
  return image.decode().then(
    () => image,
    () => null, // the plain icon stays
  )
}

const icon = () => document.querySelector('link[rel="icon"]')

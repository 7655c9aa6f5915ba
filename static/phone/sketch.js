// The householder may sign with a finger; nobody has to.
import { h } from "./dom.js";

export function sketch(taken) {
  const canvas = h("canvas", { width: 640, height: 240, class: "sketch", "aria-label": "户主签字处" });
  const pen = canvas.getContext("2d");
  let last = null;
  let any = false;
  const blank = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    any = false;
  };
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * (canvas.width / box.width), (event.clientY - box.top) * (canvas.height / box.height)];
  };
  canvas.addEventListener("pointerdown", (event) => { last = at(event); canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const to = at(event);
    pen.lineWidth = 4;
    pen.lineCap = "round";
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...to);
    pen.stroke();
    last = to;
    any = true;
  });
  canvas.addEventListener("pointerup", () => { last = null; });
  blank();
  return h("details", { class: "field" }, h("summary", {}, "户主签字（自愿）"), canvas,
    h("div", { class: "inline" },
      h("button", { type: "button", class: "btn", onclick: blank }, "重写"),
      h("button", {
        type: "button", class: "btn",
        onclick: () => any && canvas.toBlob(async (blob) => { await taken(blob); blank(); }, "image/png"),
      }, "用这个签字")));
}

"use strict";
// Location is the visitor's own choice: nothing is asked before the button is pressed.
const button = document.getElementById("place");
const said = document.getElementById("place-said");
if (navigator.geolocation && window.isSecureContext) {
  button.hidden = false;
  button.addEventListener("click", () => {
    said.textContent = "正在取位置…";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        for (const name of ["latitude", "longitude", "accuracy"]) {
          document.getElementById(`id_${name}`).value = coords[name];
        }
        said.textContent = `已附上，误差约 ${Math.round(coords.accuracy)} 米`;
      },
      () => { said.textContent = "没有取到位置，不影响保存。"; },
      { timeout: 15000 },
    );
  });
} else {
  said.textContent = "当前网址不是 https，不能附位置，不影响保存。";
}

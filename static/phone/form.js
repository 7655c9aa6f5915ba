// The visit's form: the server's own fields, filled for one household from what the phone keeps.
import { all, change, keep, kept, remove } from "./db.js";
import { h } from "./dom.js";
import { sha256, shrunk } from "./photo.js";
import { sketch } from "./sketch.js";
import { uuid7 } from "./uuid.js";

const HOUR = 3_600_000;
const OFTEN = 4;
// The county's clock, wherever the phone thinks it is.
const county = (t) => new Date(t.getTime() + 8 * HOUR).toISOString();
const IDNO = /(^|[^0-9.-])([0-9]{17}[0-9Xx]|[1-8][0-9]{5}[3-9][0-9](0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3})([^0-9]|$)/;
const dayOf = (t) => county(t).slice(0, 10);
const clockOf = (t) => county(t).slice(11, 16);

function chip(name, value, label, type = "radio", checked = false) {
  return h("label", {}, h("input", { type, name, value, checked }), h("span", {}, label));
}

// Returns the form's node. `saved(row)` is called when the visit is safely on the phone.
export async function visitForm(home, owner, shared, saved, row = null) {
  const { facts, policies } = shared;
  const node = document.getElementById("visit-form").content.cloneNode(true).querySelector("form");
  const field = (name) => node.elements[name];
  const pictures = row ? (await all("photos")).filter((p) => p.uid === row.uid) : [];
  const opened = row ? new Date(row.record.occurred_at) : new Date();
  const uid = row ? row.uid : uuid7();

  // whom one met: the household's people are one tap each
  const people = h("div", { class: "picks", role: "group", "aria-label": "家里人" });
  const names = [...new Set([home.head, ...home.members.map((m) => m.name)])].slice(0, 8);
  names.forEach((n, i) => people.append(chip("person", n, n, "checkbox", i === 0)));
  field("met").before(people);
  field("met").placeholder = "见到别人就写在这里";
  field("met").value = "";
  const help = field("met").parentNode.querySelector(".help");
  if (help) help.remove();
  node.querySelector(".unreached .help").remove();

  // what is different from the roster: only asked where the visitor said so
  const seen = h("div", { class: "seen" });
  for (const [name, words] of Object.entries(facts)) {
    if (typeof home.facts[name] === "string") continue;
    const now = { true: "是", false: "否", null: "未填" }[home.facts[name]];
    seen.append(h("div", { class: "field", "data-fact": name, hidden: true },
      h("span", { class: "label" }, `${words}（册上：${now}）`),
      h("div", { class: "picks", role: "group", "aria-label": words },
        chip(`fact-${name}`, "", "没变", "radio", true), chip(`fact-${name}`, "true", "是"), chip(`fact-${name}`, "false", "否"))));
  }
  const changes = node.querySelector("[name=changes]").closest(".field");
  const none = chip("nochange", "1", "没变化", "checkbox", true);
  changes.querySelector(".picks").prepend(none);
  changes.append(h("p", { class: "help", "data-both": "", hidden: true }, "选了“没变化”又记了问题，请看一眼上面要不要改。"));
  changes.after(seen);

  // The policies of today, and not those of the day when the shell was kept.
  const stale = node.querySelector("[name=policies]");
  if (stale) stale.closest(".field").remove();
  if (policies.length) {
    const purposes = node.querySelector("[name=purposes]").closest(".field");
    purposes.closest("details").firstElementChild.textContent = "来做什么、讲了什么政策";
    purposes.after(h("div", { class: "field" },
      h("span", { class: "label" }, "讲了什么政策"),
      h("div", { class: "picks", role: "group", "aria-label": "讲了什么政策" },
        policies.map((p) => chip("policies", p.title, p.title, "checkbox")))));
  }

  const often = await kept("often", { done: [], promise: [] });
  for (const name of ["done", "promise"]) {
    if (!often[name].length) continue;
    field(name).after(h("div", { class: "picks often", role: "group", "aria-label": "常用的话" },
      often[name].map((words) => h("button", {
        type: "button", class: "btn words",
        onclick: () => { field(name).value = words; field(name).dispatchEvent(new Event("input", { bubbles: true })); },
      }, words))));
  }

  // photos and the householder's signature
  const shelf = h("div", { class: "shelf" });
  const told = h("p", { class: "quiet", role: "status" });
  const picker = h("span", { class: "btn pick-file" }, "拍照或选照片");
  field("photo").before(picker);
  picker.append(field("photo"));
  picker.after(shelf, told);
  field("photo").multiple = true;
  const drawn = () => {
    shelf.replaceChildren(...pictures.map((p, i) => h("figure", {},
      h("img", { src: URL.createObjectURL(p.blob), alt: p.signature ? "户主签字" : `第 ${i + 1} 张` }),
      h("button", { type: "button", class: "btn link", onclick: () => { pictures.splice(i, 1); drawn(); } }, "去掉"))));
  };
  const addPicture = async (blob, signature = false) => {
    const sha = await sha256(blob);
    if (pictures.length < 9 && !pictures.some((p) => p.sha === sha)) pictures.push({ id: `${uid}:${sha}`, uid, sha, blob, signature });
    drawn();
  };
  field("photo").addEventListener("change", async () => {
    told.textContent = "正在压缩照片…";
    try {
      for (const file of field("photo").files) await addPicture(await shrunk(file));
      told.textContent = pictures.length ? `${pictures.length} 张，文字送达以后再送照片。` : "";
    } catch (error) {
      told.textContent = "这张照片打不开，请换一张；不附照片也能保存。";
    }
    field("photo").value = "";
  });
  if (!window.isSecureContext) {
    picker.hidden = true;
    told.textContent = "当前网址不是 https，手机上不能附照片和位置，其余照常记录。";
  } else {
    field("photo").closest(".field").after(sketch((blob) => addPicture(blob, true)));
  }
  drawn();

  location_(node);
  field("day").value = dayOf(opened);
  field("clock").value = clockOf(opened);
  if (!row) await lastValues(field, node);
  const draft = row ? row.form : await kept(`draft:${home.uid}`);
  if (draft) restore(node, draft);
  show(node, none);
  node.addEventListener("input", () => show(node, none));
  node.addEventListener("change", (event) => {
    if (event.target === none.firstChild && event.target.checked) {
      node.querySelectorAll("[name=changes]").forEach((c) => { c.checked = false; });
    }
    show(node, none);
  });
  let timer;
  if (!row) {
    node.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => keep(`draft:${home.uid}`, values(node)), 300);
    });
  }

  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(timer);
    const recorded = row ? new Date(row.record.recorded_at) : new Date();
    const record = read(node, home, { uid, recorded, opened, touched: changedTime(node, opened), facts });
    const wrong = faults(record, recorded);
    node.querySelectorAll(".wrong").forEach((w) => w.remove());
    if (wrong) return point(node, wrong);
    record.photos = pictures.map((p) => p.sha);
    const signed = pictures.find((p) => p.signature);
    if (signed) record.signature = signed.sha;
    const button = node.querySelector("[type=submit], .save .btn");
    button.disabled = true;
    const made = { uid, owner: owner.uid, work_no: owner.work_no || (row && row.work_no) || "", label: `${home.head}户`, home: home.uid, record, form: values(node), state: "waiting", why: "" };
    try {
      await change(["outbox", "photos"], (s) => {
        s.outbox.put(made);
        for (const p of pictures) s.photos.put(p);
      });
      if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
      await remove("kv", `draft:${home.uid}`);
      await remember(record, often);
      saved(made);
    } catch (error) {
      button.disabled = false;
      point(node, ["", "没能存到手机上（可能空间不足）。请先清理空间，再点保存；页面不要关。"]);
    }
    return undefined;
  });
  return node;
}

function show(node, none) {
  const nobody = node.elements.mode.value === "NOBODY";
  node.elements.met.closest(".field").hidden = nobody;
  node.querySelector(".unreached").hidden = !nobody;
  const picked = [...node.querySelectorAll("[name=changes]:checked")].map((c) => c.value);
  none.firstChild.checked = picked.length === 0;
  node.querySelector("[data-both]").hidden = picked.length > 0 || !node.elements.problem_category.value;
  const asks = { unsafe_house: "HOUSE", safe_water: "WATER" };
  node.querySelectorAll("[data-fact]").forEach((f) => { f.hidden = !picked.includes(asks[f.dataset.fact]); });
  for (const n of ["problem", "problem2"]) {
    node.elements[`${n}_text`].closest(".field").hidden = !node.elements[`${n}_category`].value;
  }
}

// Everything the person typed or ticked, to draw the same form again.
function values(node) {
  const found = {};
  for (const input of node.elements) {
    if (!input.name || ["file", "hidden"].includes(input.type)) continue;
    if (input.type === "radio" || input.type === "checkbox") {
      found[input.name] = found[input.name] || [];
      if (input.checked) found[input.name].push(input.value);
    } else if (!["day", "clock"].includes(input.name)) {
      found[input.name] = input.value;
    }
  }
  return found;
}

function restore(node, found) {
  for (const input of node.elements) {
    if (!(input.name in found)) continue;
    if (input.type === "radio" || input.type === "checkbox") input.checked = found[input.name].includes(input.value);
    else input.value = found[input.name];
  }
}

function changedTime(node, opened) {
  return node.elements.day.value !== dayOf(opened) || node.elements.clock.value !== clockOf(opened);
}

function read(node, home, { uid, recorded, opened, touched, facts }) {
  const value = (name) => node.elements[name].value.trim();
  const ticked = (name) => [...node.querySelectorAll(`[name=${name}]:checked`)].map((c) => c.value);
  const nobody = value("mode") === "NOBODY";
  const met = nobody ? "" : [...ticked("person"), value("met")].filter(Boolean).join("、").slice(0, 60).replace(/[\ud800-\udbff]$/, "");
  // Untouched, a visit is as old as the form; the county's clock is +08:00 wherever the phone is.
  const occurred = touched ? `${value("day")}T${value("clock")}:00+08:00` : opened.toISOString();
  const record = {
    uid, household: home.uid, mode: value("mode"), met,
    unreached: nobody ? value("unreached") : "", unreached_words: nobody ? value("unreached_words") : "", occurred_at: occurred, recorded_at: recorded.toISOString(),
    purposes: ticked("purposes"), policies: ticked("policies"), changes: ticked("changes"),
    done: value("done"), promise: value("promise"), late_reason: value("late_reason"), problems: [], facts: {},
  };
  for (const n of ["problem", "problem2"]) {
    const category = value(`${n}_category`);
    if (category) record.problems.push({ category, text: value(`${n}_text`) });
  }
  for (const name of Object.keys(facts)) {
    const answer = node.elements[`fact-${name}`];
    const asked = node.querySelector(`[data-fact=${name}]`);
    if (answer && asked && !asked.hidden && answer.value) {
      record.facts[name] = { base: home.facts[name], value: answer.value === "true" };
    }
  }
  for (const name of ["latitude", "longitude", "accuracy"]) {
    if (value("latitude")) record[name] = Number(value(name));
  }
  return record;
}

// The server's rules that can be told at the door; the server asks them all again.
function faults(record, recorded) {
  const late = recorded - new Date(record.occurred_at);
  if (record.mode !== "NOBODY" && !record.met) return ["met", "请点一下见到了谁；没见到人请选“外出无人”。"];
  if (record.mode === "NOBODY" && !record.unreached) return ["unreached", "请点一下为什么没见到人。"];
  if (Number.isNaN(late)) return ["day", "请填走访的日期和时间。"];
  if (late < -10 * 60_000) return ["day", "走访时间不能晚于现在，请核对日期和时间。"];
  if (late > 24 * HOUR && !record.late_reason) return ["late_reason", "走访已过 24 小时，属于补录，请写明补录原因。"];
  if (late <= 24 * HOUR && record.late_reason) return ["late_reason", "走访在 24 小时以内，不算补录，请清空补录原因。"];
  const empty = record.problems.findIndex((p) => !p.text);
  if (empty >= 0) return [empty ? "problem2_text" : "problem_text", "请把问题说清楚；没有问题请选“没有”。"];
  if (IDNO.test(JSON.stringify(record))) return ["done", "内容里像有证件号码，请删去后再保存。"];
  return null;
}

function point(node, [name, words]) {
  const named = node.elements[name];
  const input = named instanceof RadioNodeList ? named[0] : named;
  const place = input && (input.closest ? input.closest(".field") : null);
  const wrong = h("p", { class: "wrong", role: "alert" }, words);
  (place || node.querySelector(".save")).append(wrong);
  const hidden = place && place.closest("details");
  if (hidden) hidden.open = true;
  (place || wrong).scrollIntoView({ block: "center" });
  if (input && input.focus) input.focus({ preventScroll: true });
}

async function lastValues(field, node) {
  const last = await kept("last", {});
  for (const name of ["purposes", "policies"]) {
    node.querySelectorAll(`[name=${name}]`).forEach((c) => { c.checked = (last[name] || []).includes(c.value); });
  }
}

// Offered next time: one's own sentences, newest first, and the purposes and policies ticked.
async function remember(record, often) {
  for (const name of ["done", "promise"]) {
    if (record[name] && record[name].length <= 20) {
      often[name] = [record[name], ...often[name].filter((w) => w !== record[name])].slice(0, OFTEN);
    }
  }
  await keep("often", often);
  await keep("last", { purposes: record.purposes, policies: record.policies });
}

function location_(node) {
  const button = node.querySelector("#place");
  const told = node.querySelector("#place-said");
  if (!navigator.geolocation || !window.isSecureContext) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    told.textContent = "正在取位置…";
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      for (const name of ["latitude", "longitude", "accuracy"]) node.elements[name].value = coords[name];
      told.textContent = `已附上，误差约 ${Math.round(coords.accuracy)} 米`;
    }, () => { told.textContent = "没有取到位置，不影响保存。"; }, { timeout: 15_000 });
  });
}


// The doors of a sealed inspection: opened with the owner's word, drawn from ciphertext. Neither the
// address nor the title of these pages tells what is on them.
import { ADDRESS } from "./carry.js";
import { h } from "./dom.js";
import { doorForm } from "./door.js";
import { ask, sync } from "./sync.js";
import { begin, day, forget, hasDay, isOpen, lock, mine, unlock, usable, wordFault, write } from "./vault.js";

const NEUTRAL = "记录";
const OVER = "检查已经结束，这一条没有送到；要紧的内容请抄下来另行登记，再删去。";
let lately = "";

export async function fieldPage(id, { head, redraw }) {
  head("督查", h("a", { href: id ? "#/w" : "#/me" }, "‹ 返回"));
  document.title = NEUTRAL;
  if (id) lately = "";
  if (!usable()) return [h("div", { class: "card" }, "当前网址不是 https，手机上不能保存检查名单。请向县里索要 https 网址，或用", h("a", { href: "/inspections/" }, "办公版"), "记。")];
  if (!(await hasDay())) lock(); // logged out in another tab
  if (!isOpen()) return [...told(), await hasDay() ? unlockCard(redraw) : await firstCard(redraw)];
  const [list, rows] = [await day(), await mine()];
  const records = rows.filter((r) => r.head.kind === "record");
  if (!list) return endedPage(rows, redraw);
  return id ? doorPage(id, list, rows) : listPage(list, rows, records, redraw);
}

// What was just done stays in sight until the next page is opened.
const told = () => (lately ? [h("div", { class: "say", role: "status" }, lately)] : []);

function wordField(label, name) {
  return h("div", { class: "field" }, h("label", { for: name }, label),
    h("input", { id: name, name, type: "password", autocomplete: "off", required: true }));
}

function asking(form, work) {
  const wrong = h("p", { class: "wrong", role: "alert" });
  form.append(wrong);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector(".btn");
    button.disabled = true;
    wrong.textContent = await work();
    button.disabled = false;
    form.querySelector("input").focus();
  });
  return form;
}

function unlockCard(redraw) {
  const form = h("form", { class: "card", novalidate: true, "data-stay": true }, wordField("检查口令", "word"),
    h("button", { class: "btn primary wide" }, "打开"),
    h("p", { class: "quiet" }, "口令忘了：有信号时", h("button", { type: "button", class: "btn link", onclick: async () => { await forget(); redraw(); } }, "重新设"), "，记下的不会丢。"));
  return asking(form, async () => {
    if (!form.elements.word.value) return "请输入口令。";
    const why = await unlock(form.elements.word.value);
    if (!why) await redraw();
    else if (!(await hasDay())) { lately = why; await redraw(); }
    return why;
  });
}

async function firstCard(redraw) {
  let got;
  try {
    got = await ask(ADDRESS);
  } catch (error) {
    return h("div", { class: "card" }, error.message === "login"
      ? "登录已过期，请重新登录后打开。" : "手机里没有名单。请在有信号的地方打开一次，以后没有信号也能用。");
  }
  if (!got.ok || !got.body.key) return h("div", { class: "card empty" }, "现在没有要您记的检查。");
  const form = h("form", { class: "card", novalidate: true, "data-stay": true }, h("p", {}, "给这部手机上的名单设一个口令。打开名单要用它；手机借给别人、丢了，没有口令看不到。"),
    wordField("检查口令（至少 6 位）", "word"), wordField("再输一遍", "again"),
    h("button", { class: "btn primary wide" }, "保存到手机"));
  return asking(form, async () => {
    const why = wordFault(form.elements.word.value, form.elements.again.value);
    if (why) return why;
    await begin(got.body.key, form.elements.word.value, got.body);
    await redraw();
    return "";
  });
}

// Stratum → households to go to, as the server counts it: each replaced one brings the next spare.
function chosen(stratum, outcome) {
  const queue = [...stratum.taken];
  const spare = [...stratum.spare];
  for (let i = 0; i < queue.length; i++) if (outcome(queue[i]) === "REPLACED" && spare.length) queue.push(spare.shift());
  return { queue, spare };
}

function outcomes(plan, records) {
  const here = Object.fromEntries(records.filter((r) => r.head.plan === plan.uid && r.head.state !== "trouble").map((r) => [r.head.record.household, r.head.record.outcome]));
  return (uid) => plan.marks[uid] || here[uid];
}

const begun = (plan) => Date.now() >= Date.parse(plan.start);
const clock = (iso) => {
  const t = new Date(Date.parse(iso) + 8 * 3_600_000).toISOString();
  return `${Number(t.slice(5, 7))}月${Number(t.slice(8, 10))}日 ${t.slice(11, 16)}`;
};

function listPage(list, rows, records, redraw) {
  const waits = records.filter((r) => r.head.state === "waiting").length;
  const photos = rows.filter((r) => r.head.kind === "photo" && r.head.state === "waiting").length;
  return [
    ...told(),
    ...list.plans.map((plan, n) => ({ plan, n })).sort((a, b) => Boolean(b.plan.opened) - Boolean(a.plan.opened)).flatMap(({ plan, n }) => planPart(plan, n, records)),
    list.plans.length ? null : h("div", { class: "card empty" }, "现在没有要您记的检查。"),
    ...troubled(rows, redraw),
    h("p", { class: "quiet" }, waits || photos ? `还有 ${waits} 份记录、${photos} 张照片在手机上，有信号时自动送出。` : "记下的都已送到。"),
    h("div", { class: "inline" }, h("button", { class: "btn", onclick: async () => { await sync(); await redraw(); } }, "更新名单"),
      h("button", { class: "btn", onclick: () => { lock(); redraw(); } }, "锁上")),
  ].filter(Boolean);
}

function planPart(plan, n, records) {
  const outcome = outcomes(plan, records);
  const top = h("section", { class: "card" }, h("b", { class: "who-name" }, plan.title),
    h("div", { class: "quiet" }, `${clock(plan.start)} 开始 · 只有检查组看得到`),
    plan.purpose ? h("p", {}, plan.purpose) : null);
  if (!plan.drawn) return [top, h("div", { class: "card" }, "还没有抽取。请到办公版抽取。")];
  if (!plan.opened) {
    return [top, h("div", { class: "card" }, `名单在 ${clock(plan.start)} 向检查组打开；到时在有信号的地方点“更新名单”。确需提前看的，请到`,
      h("a", { href: `/inspections/${plan.uid}/` }, "办公版"), "写明原因。")];
  }
  const parts = plan.strata.map((s) => [s, chosen(s, outcome).queue]);
  const total = parts.reduce((sum, [, queue]) => sum + queue.length, 0);
  const left = parts.reduce((sum, [, queue]) => sum + queue.filter((uid) => !outcome(uid)).length, 0);
  return [top, h("p", { class: "quiet" }, `${total} 户，${left ? `还有 ${left} 户没有结果` : "都有结果了"}。`),
    ...parts.flatMap(([stratum, queue]) => [h("h2", {}, stratum.name), h("div", {}, queue.map((uid) => homeCard(plan, n, uid, outcome(uid), records)))])];
}

function homeCard(plan, n, uid, outcome, records) {
  const home = plan.homes[uid];
  const here = records.find((r) => r.head.record.household === uid && r.head.plan === plan.uid);
  const number = Object.keys(plan.homes).indexOf(uid);
  const tag = here && here.head.state === "trouble" ? h("span", { class: "tag red" }, "需处理")
    : outcome ? h("span", { class: outcome === "SEEN" ? "tag green" : "tag" }, outcome === "SEEN" ? "已入户" : "已换户") : null;
  const inside = [h("b", {}, `${home.head}户`), " ", tag, here && here.head.state === "waiting" ? h("span", { class: "tag blue" }, "待发送") : null,
    h("div", { class: "quiet" }, `${home.place} · ${home.members.length} 人`)];
  return outcome ? h("div", { class: "card house" }, inside) : h("a", { class: "card house", href: `#/w/${n}.${number}` }, inside);
}

function troubled(rows, redraw, over = false) {
  const stuck = rows.filter((r) => ["record", "photo"].includes(r.head.kind) && (over || r.head.state === "trouble"));
  const records = new Set(stuck.filter((r) => r.head.kind === "record").map((r) => r.head.record.uid));
  const found = stuck.filter((r) => !(r.head.kind === "photo" && records.has(r.head.record))); // goes with its record
  if (!found.length) return [];
  return [h("h2", {}, `要您处理 ${found.length} 条`), ...found.map((r) => h("section", { class: "card" },
    h("b", {}, r.head.label), h("p", {}, r.head.why || OVER), r.head.kind === "record" ? h("details", {}, h("summary", {}, "记下的内容"), said(r.head.record)) : null,
    h("div", { class: "inline" },
      over ? null : h("button", { class: "btn", onclick: () => again(r, redraw) }, "再送一次"),
      h("button", { class: "btn", onclick: () => drop(r, rows, redraw) }, "删去"))))];
}

const said = (record) => [record.said ? h("p", { class: "quote" }, record.said) : null, ...record.found.map((f) => h("p", { class: "quote" }, `${f.category}：${f.text}`))].filter(Boolean);

async function again(row, redraw) {
  await write([{ ...row, head: { ...row.head, state: "waiting", why: "" } }]);
  await sync();
  await redraw();
}

async function drop(row, rows, redraw) {
  if (!window.confirm("这一条不再发送，并从手机上删除。确定吗？")) return;
  const uid = row.head.kind === "record" && row.head.record.uid;
  await write([], { drop: [row.id, ...rows.filter((r) => r.head.kind === "photo" && r.head.record === uid).map((r) => r.id)] });
  await redraw();
}

async function endedPage(rows, redraw) {
  const found = troubled(rows, redraw, true);
  if (found.length) return found;
  await write([], { drop: rows.map((r) => r.id) });
  await forget();
  return [h("div", { class: "card empty" }, "现在没有要您记的检查。")];
}

async function doorPage(id, list, rows) {
  const [n, number] = id.split(".").map(Number);
  const plan = list.plans[n];
  const uid = plan && plan.opened && Object.keys(plan.homes)[number];
  if (!uid) return [h("div", { class: "card empty" }, "这一户不在名单里。")];
  if (!begun(plan)) return [h("div", { class: "card" }, `检查从 ${clock(plan.start)} 开始，到时才能记录。`)];
  const home = plan.homes[uid];
  const trouble = rows.find((r) => r.head.kind === "record" && r.head.state === "trouble" && r.head.record.household === uid && r.head.plan === plan.uid);
  const draft = rows.find((r) => r.head.kind === "draft" && r.head.record.household === uid && r.head.plan === plan.uid);
  const outcome = outcomes(plan, rows.filter((r) => r.head.kind === "record"));
  const stratum = plan.strata.find((s) => s.taken.includes(uid) || s.spare.includes(uid));
  const next = chosen(stratum, outcome).spare.map((s) => plan.homes[s])[0];
  return doorForm({
    plan, home, categories: list.categories, next, row: trouble || draft, rows,
    saved: async (words) => {
      lately = words;
      location.hash = "#/w";
      await sync();
    },
  });
}

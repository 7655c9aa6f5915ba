// One door: the questionnaire of the day, what was found in its own words, the outcome.
import { h } from "./dom.js";
import { sha256, shrunk } from "./photo.js";
import { uuid7 } from "./uuid.js";
import { write } from "./vault.js";

const PHOTOS_MAX = 6;

const chip = (name, value, label, checked = false) => h("label", {}, h("input", { type: "radio", name, value, checked }), h("span", {}, label));
const picks = (label, ...chips) => h("div", { class: "picks", role: "group", "aria-label": label }, ...chips);

// What was found: the words, the kind, photos. `code` is the question that showed it.
function foundBlock(code, category, given, pictures, categories) {
  const text = h("textarea", { rows: "3", maxlength: "500", "aria-label": "问题原话" });
  const kind = h("select", { "aria-label": "类别" }, categories.map((c) => h("option", { value: c }, c)));
  text.value = given ? given.text : "";
  kind.value = given ? given.category : category || categories[0];
  const shelf = h("div", { class: "shelf" });
  const note = h("p", { class: "quiet", role: "status" });
  const input = h("input", { type: "file", accept: "image/*", multiple: true, "aria-label": "拍照或选照片" });
  const drawn = () => shelf.replaceChildren(...pictures.map((p, i) => h("figure", {},
    h("img", { src: URL.createObjectURL(p.blob), alt: `第 ${i + 1} 张` }),
    h("button", { type: "button", class: "btn link", onclick: () => { pictures.splice(i, 1); drawn(); } }, "去掉"))));
  input.addEventListener("change", async () => {
    note.textContent = "正在压缩照片…";
    try {
      for (const file of input.files) {
        const blob = await shrunk(file);
        const sha = await sha256(blob);
        if (pictures.length < PHOTOS_MAX && !pictures.some((p) => p.sha === sha)) pictures.push({ sha, blob });
      }
      note.textContent = "";
    } catch (error) {
      note.textContent = "这张照片打不开，请换一张；不附照片也能保存。";
    }
    input.value = "";
    drawn();
  });
  drawn();
  const node = h("div", { class: "found" },
    h("div", { class: "field" }, h("span", { class: "label" }, "问题原话"), text, h("div", { class: "help" }, "照实写，公开和移交都用这段原话，不能再改")),
    h("div", { class: "field" }, h("span", { class: "label" }, "类别"), kind),
    h("span", { class: "btn pick-file" }, "拍照或选照片", input), shelf, note);
  const read = () => (text.value.trim() ? { text: text.value.trim(), category: kind.value, code, photos: pictures.map((p) => p.sha) } : null);
  return { node, read, pictures };
}

export function doorForm({ plan, home, categories, next, row, rows, saved }) {
  const old = row ? row.head.record : null;
  const uid = old ? old.uid : uuid7();
  const shots = (shas) => rows.filter((r) => r.head.kind === "photo" && r.head.record === uid && shas.includes(r.head.sha))
    .map((r) => ({ sha: r.head.sha, blob: new Blob([r.tail], { type: "image/jpeg" }) }));
  const blocks = [];
  const add = (code, category, given) => {
    const block = foundBlock(code, category, given, given ? shots(given.photos) : [], categories);
    blocks.push(block);
    return block;
  };
  const answered = (code, member) => old && (old.answers.find((a) => a.code === code && (a.member || null) === member) || {}).said;

  const questions = plan.forms[home.asks].map((q, i) => {
    const given = old && old.found.find((f) => f.code === q.code);
    const block = add(q.code, q.category, given);
    block.node.hidden = !given;
    const asked = q.persons ? home.members : [{ id: null, name: "" }];
    const groups = asked.map((m) => h("div", { class: "asked-one" }, m.name ? h("span", { class: "person" }, m.name) : null,
      picks(`${q.name}${m.name}`, q.answers.map((a) => chip(`${q.code}|${m.id === null ? "" : m.id}`, a.code, a.label, answered(q.code, m.id) === a.code)))));
    if (groups.length > 1) {
      const name = `all-${q.code}`;
      const everyone = h("div", { class: "asked-one" }, h("span", { class: "person" }, "全家一样"), picks(`${q.name}全家一样`, q.answers.map((a) => chip(name, a.code, a.label))));
      everyone.addEventListener("change", ({ target }) => {
        for (const one of groups.slice(1)) one.querySelector(`[value=${target.value}]`).checked = true;
      });
      groups.unshift(everyone);
    }
    const more = h("button", { type: "button", class: "btn link", hidden: Boolean(given), onclick: () => { block.node.hidden = false; more.hidden = true; } }, "记成问题");
    const node = h("section", { class: "card", "data-code": q.code }, h("b", {}, `${i + 1}. ${q.text}`), ...groups, more, block.node);
    const gaps = q.answers.filter((a) => a.gap).map((a) => a.code);
    node.addEventListener("change", (event) => {
      if (event.target.type === "radio" && gaps.includes(event.target.value)) { block.node.hidden = false; more.hidden = true; }
    });
    return node;
  });
  const others = h("div", {}, (old ? old.found.filter((f) => !f.code) : []).map((f) => add("", f.category, f).node));
  const seen = h("div", {}, h("section", { class: "card" }, h("div", { class: "field" }, h("span", { class: "label" }, "清场：本地干部在场吗"),
    picks("清场", chip("cleared", "yes", "不在场，已清场", old && old.cleared === true), chip("cleared", "no", "在场", old && old.cleared === false)))),
  questions.length ? questions : h("section", { class: "card" }, "现在没有施行中的验收标准，不填问卷；发现的问题照常记。"));
  const why = h("input", { name: "said", maxlength: "200" });
  why.value = old ? old.said : "";
  const label = h("label", {}, "");
  const after = h("p", { class: "quiet" });
  const form = h("form", { novalidate: true },
    h("section", { class: "card" }, h("b", { class: "who-name" }, `${home.head}户`), " ", h("span", { class: "tag" }, home.kind),
      h("div", { class: "quiet" }, home.place),
      h("details", {}, h("summary", {}, "家里人"), h("ul", { class: "plain" }, home.members.map((m) => h("li", {}, `${m.name} `, h("span", { class: "quiet" }, m.relation)))))),
    row && row.head.why ? h("div", { class: "say warning", role: "alert" }, row.head.why) : null,
    h("section", { class: "card" }, h("div", { class: "field" }, h("span", { class: "label" }, "结果"),
      picks("结果", chip("outcome", "SEEN", "已入户", !old || old.outcome === "SEEN"), chip("outcome", "REPLACED", "换户", old && old.outcome === "REPLACED")), after)),
    seen, others,
    h("p", {}, h("button", { type: "button", class: "btn", onclick: () => others.append(add("", "", null).node) }, "再记一个问题")),
    h("section", { class: "card" }, h("div", { class: "field" }, label, why)),
    h("div", { class: "save" }, h("button", { class: "btn primary", type: "submit" }, "保存到手机")));

  const show = () => {
    const replaced = form.elements.outcome.value === "REPLACED";
    seen.hidden = replaced;
    label.textContent = replaced ? "换户原因" : "情况（可不填）";
    after.textContent = !replaced ? "" : next ? `下一个备用户：${next.head}户，${next.place}` : "这一层的备用户已用完；请改天再走，或按“已入户”记下情况。";
  };
  const read = () => {
    const replaced = form.elements.outcome.value === "REPLACED";
    const answers = replaced ? [] : [...form.querySelectorAll("input[type=radio][name*='|']:checked")].map((input) => {
      const [code, member] = input.name.split("|");
      return { code, said: input.value, member: member ? Number(member) : null };
    });
    const cleared = (form.querySelector("[name=cleared]:checked") || {}).value;
    return {
      uid, household: home.uid, outcome: replaced ? "REPLACED" : "SEEN", cleared: replaced || !cleared ? null : cleared === "yes",
      said: why.value.trim(), standard: plan.standard, answers, recorded_at: new Date().toISOString(),
      found: blocks.filter((b) => b.node.isConnected && !(replaced && seen.contains(b.node))).map((b) => b.read()).filter(Boolean),
    };
  };
  const entry = (record, kind) => ({ kind, plan: plan.uid, label: `${home.head}户`, state: "waiting", why: "", at: new Date().toISOString(), record });

  let timer;
  let draft = row && row.id;
  const keepDraft = () => {
    clearTimeout(timer);
    if (row && row.head.kind === "record") return;
    timer = setTimeout(async () => { [draft] = await write([{ id: draft, head: entry(read(), "draft") }]); }, 400);
  };
  form.addEventListener("input", keepDraft);
  form.addEventListener("change", () => { show(); keepDraft(); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(timer);
    form.querySelectorAll(".wrong").forEach((w) => w.remove());
    const record = read();
    const wrong = faults(record, next);
    if (wrong) return point(form, wrong);
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    const wanted = new Set(record.found.flatMap((f) => f.photos));
    const photos = [...new Map(blocks.flatMap((b) => b.pictures).filter((p) => wanted.has(p.sha)).map((p) => [p.sha, p])).values()];
    try {
      const entries = [{ id: draft, head: entry(record, "record") }];
      for (const p of photos) {
        entries.push({ head: { kind: "photo", plan: plan.uid, label: `${home.head}户的照片`, record: uid, sha: p.sha, state: "waiting", at: new Date().toISOString() }, tail: new Uint8Array(await new Response(p.blob).arrayBuffer()) });
      }
      // of an earlier try
      const drop = rows.filter((r) => r.head.kind === "photo" && r.head.record === uid).map((r) => r.id);
      await write(entries, { drop });
      if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
      await saved(`已保存到手机：${home.head}户。${navigator.onLine ? "" : "有信号时自动送出。"}`);
    } catch (error) {
      button.disabled = false;
      point(form, ["", "没能存到手机上（可能空间不足，或页面已锁上）。请不要关页面，清理空间后再点保存。"]);
    }
    return undefined;
  });
  show();
  return [form];
}

// The server's rules that can be told at the door; the server asks them all again.
function faults(record, next) {
  if (record.outcome === "REPLACED" && !record.said) return ["said", "换户要写明原因，例如“整户外出，电话联系不上”。"];
  if (record.outcome === "REPLACED" && !next) return ["outcome", "这一层的备用户已用完，不能再换；请改天再走，或按“已入户”记下情况。"];
  if (record.outcome === "SEEN" && record.cleared === null) return ["cleared", "请点一下本地干部在不在场。"];
  if (/(^|[^0-9.-])[0-9]{17}[0-9Xx]/.test([record.said, ...record.found.map((f) => f.text)].join("\n"))) return ["said", "内容里像有证件号码，请删去后再保存。"];
  return null;
}

function point(form, [name, words]) {
  const input = name && form.querySelector(`[name=${name}]`);
  const place = (input && (input.closest(".field") || input.closest(".card"))) || form.querySelector(".save");
  place.append(h("p", { class: "wrong", role: "alert" }, words));
  place.scrollIntoView({ block: "center" });
  if (input) input.focus({ preventScroll: true });
}

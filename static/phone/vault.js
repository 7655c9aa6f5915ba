// What must not lie about in clear on a phone: kept under a key that the server gives to its owner
// alone. The key itself is kept under his own word, and goes with the day when he logs out.
import { all, change, keep, kept, remove } from "./db.js";

const ROUNDS = 310_000;
const TRIES = 5;
const WORD_MIN = 6;
const REST_MS = 5 * 60_000;

let key = null; // in memory, while the page is open and used
let left = 0;

export const usable = () => Boolean(window.isSecureContext && window.crypto && crypto.subtle);
export const isOpen = () => key !== null;
export const lock = () => { key = null; };
export const wordFault = (word, again) => (word.length < WORD_MIN ? `至少 ${WORD_MIN} 位，请再加几位。` : word !== again ? "两次输入的不一样，请重新输入。" : "");

// Laid aside for five minutes, it asks for the word again.
export function rested(hidden) {
  if (hidden) { left = Date.now(); return false; }
  if (!key || !left || Date.now() - left < REST_MS) return false;
  lock();
  return true;
}

const bytes = (b64) => Uint8Array.from(atob(b64), (c) => c.charCodeAt(0));
const random = (n) => crypto.getRandomValues(new Uint8Array(n));
export const keyOf = (b64) => crypto.subtle.importKey("raw", bytes(b64), "AES-GCM", false, ["encrypt", "decrypt"]);

async function keyOfWord(word, salt) {
  const plain = await crypto.subtle.importKey("raw", new TextEncoder().encode(word), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS }, plain,
    { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

// A head in JSON, and what follows it as bytes, as one ciphertext.
async function closed(with_, head, tail = new Uint8Array()) {
  const text = new TextEncoder().encode(JSON.stringify(head));
  const plain = new Uint8Array(4 + text.length + tail.length);
  new DataView(plain.buffer).setUint32(0, text.length);
  plain.set(text, 4);
  plain.set(tail, 4 + text.length);
  const iv = random(12);
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, with_, plain) };
}

async function opened(with_, { iv, data }) {
  const plain = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, with_, data));
  const size = new DataView(plain.buffer).getUint32(0);
  return { head: JSON.parse(new TextDecoder().decode(plain.subarray(4, 4 + size))), tail: plain.subarray(4 + size) };
}

// The first time with a signal: the key under the owner's word.
export async function begin(b64, word, day) {
  const salt = random(16);
  const under = await closed(await keyOfWord(word, salt), { key: b64 });
  key = await keyOf(b64);
  await keep("field", { salt, under, day: await closed(key, day), tries: 0 });
}

// Later, with or without one. Answers what to say when it does not open.
export async function unlock(word) {
  const row = await kept("field");
  if (!row) return "名单已从这部手机上清除；有信号时重新打开。";
  try {
    const { head } = await opened(await keyOfWord(word, row.salt), row.under);
    key = await keyOf(head.key);
    if (row.tries) await keep("field", { ...row, tries: 0 });
    return "";
  } catch (error) {
    const tries = row.tries + 1;
    if (tries < TRIES) {
      await keep("field", { ...row, tries });
      return `口令不对，再错 ${TRIES - tries} 次就清除手机上的名单。`;
    }
    await forget();
    return "口令错了 5 次，名单已从这部手机上清除。记下的还在，有信号时重新打开就能接着送。";
  }
}

// The list and the key; what was written down stays, unreadable until the key comes again.
export async function forget() {
  lock();
  await remove("kv", "field");
}

export const hasDay = async () => Boolean(await kept("field"));

export async function day() {
  const row = await kept("field");
  return row && row.day && key ? (await opened(key, row.day)).head : null;
}

export async function setDay(with_, value) {
  const row = await kept("field");
  if (row) await keep("field", { ...row, day: value && await closed(with_, value) });
}

export const mine = (with_ = key) => all("box").then((rows) => readable(rows, with_));

// Those that this key opens; another's stay shut and are not even counted.
async function readable(rows, with_) {
  const found = [];
  for (const row of rows) {
    try {
      found.push({ id: row.id, ...await opened(with_, row) });
    } catch (error) { /* not ours */ }
  }
  return found.sort((a, b) => (a.head.at < b.head.at ? -1 : 1));
}

const idOf = () => [...random(16)].map((b) => b.toString(16).padStart(2, "0")).join("");

// All of them in one transaction, or none.
export async function write(entries, { drop = [], with_ = key } = {}) {
  const rows = [];
  for (const { id, head, tail } of entries) rows.push({ id: id || idOf(), ...await closed(with_, head, tail) });
  await change(["box"], ({ box }) => {
    for (const id of drop) box.delete(id);
    for (const row of rows) box.put(row);
  });
  return rows.map((r) => r.id);
}

export const isEmpty = async () => !(await all("box")).length;

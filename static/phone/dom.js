// h("p", {class: "quiet"}, "text", node): text stays text, so nobody's words become markup.
export function h(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

// 2026-11-24 → 11月24日
export function said(day) {
  const [year, month, date] = day.split("-").map(Number);
  return (year === new Date().getFullYear() ? "" : `${year}年`) + `${month}月${date}日`;
}

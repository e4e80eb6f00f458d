"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const by = (id) => document.getElementById(id);
  const graph = by("graph"), canvas = document.querySelector(".canvas");
  const size = { width: Number(graph.getAttribute("width")), height: Number(graph.getAttribute("height")) };
  const boxes = all(".box", graph), edges = all(".edge", graph);
  const rows = all("#list tbody tr"), details = all("details.table");
  const names = rows.map((row) => row.querySelector("a").textContent);
  let scale = 1, texts = null;

  all("[hidden]").forEach((one) => { one.hidden = false; });

  function columns(at) {
    return all("th[scope=row] code, td code", by("t" + at)).map((code) => code.textContent).join(" ");
  }

  // The picture grows and shrinks; scrolling it is the browser's.
  function zoom(to) {
    const middle = [(canvas.scrollLeft + canvas.clientWidth / 2) / scale, (canvas.scrollTop + canvas.clientHeight / 2) / scale];
    scale = Math.min(4, Math.max(0.1, to));
    graph.style.width = size.width * scale + "px";
    graph.style.height = size.height * scale + "px";
    canvas.scrollTo({ left: middle[0] * scale - canvas.clientWidth / 2, top: middle[1] * scale - canvas.clientHeight / 2, behavior: "instant" });
  }
  const fit = () => zoom(Math.min(1, (canvas.clientWidth - 4) / size.width));

  function show(some) {
    const areas = some.map((box) => box.transform.baseVal.consolidate().matrix);
    const left = Math.min(...areas.map((at) => at.e)), right = Math.max(...areas.map((at) => at.e)) + 200;
    const top = Math.min(...areas.map((at) => at.f)), bottom = Math.max(...areas.map((at) => at.f)) + 44;
    zoom(Math.min(1.2, Math.max(0.5, Math.min((canvas.clientWidth - 40) / (right - left), (canvas.clientHeight - 40) / (bottom - top)))));
    const middle = some[0].transform.baseVal.consolidate().matrix;
    const fits = (right - left) * scale <= canvas.clientWidth && (bottom - top) * scale <= canvas.clientHeight;
    const [x, y] = fits ? [(left + right) / 2, (top + bottom) / 2] : [middle.e + 100, middle.f + 22];
    canvas.scrollTo({ left: x * scale - canvas.clientWidth / 2, top: y * scale - canvas.clientHeight / 2, behavior: "instant" });
  }

  // One table with those that it references and those that reference it; nothing shows all again.
  function focus(at) {
    const near = new Set(at === null ? boxes.keys() : [at]);
    const mine = edges.filter((edge) => at !== null && (Number(edge.dataset.from) === at || Number(edge.dataset.to) === at));
    mine.forEach((edge) => { near.add(Number(edge.dataset.from)); near.add(Number(edge.dataset.to)); });
    boxes.forEach((box, place) => {
      box.classList.toggle("dim", !near.has(place));
      box.classList.toggle("focus", place === at);
    });
    edges.forEach((edge) => edge.classList.toggle("dim", at !== null && !mine.includes(edge)));
    by("focused").textContent = at === null ? "" : said(at, mine);
    if (at === null) {
      by("focus").value = "";
      return;
    }
    by("focus").value = names[at];
    show([boxes[at], ...[...near].filter((place) => place !== at).map((place) => boxes[place])]);
  }

  function said(at, mine) {
    const listed = (ends) => [...new Set(ends)].map((place) => names[place]).join(", ") || "nothing";
    const to = mine.filter((edge) => Number(edge.dataset.from) === at).map((edge) => Number(edge.dataset.to));
    const from = mine.filter((edge) => Number(edge.dataset.to) === at).map((edge) => Number(edge.dataset.from));
    return `${names[at]} references ${listed(to)}; it is referenced by ${listed(from)}.`;
  }

  function search(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    // Not before somebody searches: a thousand tables have a lot of text.
    texts ??= rows.map((row, at) => (row.textContent + " " + columns(at)).toLowerCase());
    const hits = texts.map((one) => words.every((word) => one.includes(word)));
    rows.forEach((row, at) => {
      row.hidden = !hits[at];
      by("t" + at).hidden = !hits[at];
      boxes[at].classList.toggle("hit", words.length > 0 && hits[at]);
    });
    const count = hits.filter(Boolean).length;
    by("hits").textContent = words.length === 0 ? "" : `${count} of ${rows.length} tables`;
  }

  const reveal = () => {
    const target = /^#t\d+$/.test(location.hash) && by(location.hash.slice(1));
    if (target) {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  };

  const actions = {
    all: () => { focus(null); fit(); },
    in: () => zoom(scale * 1.25),
    out: () => zoom(scale / 1.25),
    fit,
    full: () => zoom(1),
    open: () => details.forEach((one) => { one.open = true; }),
    close: () => details.forEach((one) => { one.open = false; }),
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const box = event.target.closest(".box");
    if (button?.dataset.do) {
      actions[button.dataset.do]();
    } else if (button?.dataset.focus !== undefined) {
      focus(names.indexOf(button.dataset.focus));
      by("picture").scrollIntoView();
      by("focus").focus({ preventScroll: true });
    } else if (box && graph.contains(box)) {
      focus(Number(box.dataset.table));
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && (canvas.contains(event.target) || event.target === by("focus"))) {
      actions.all();
    } else if (event.target === canvas && "+-0".includes(event.key) && !event.ctrlKey && !event.metaKey) {
      ({ "+": actions.in, "-": actions.out, 0: fit })[event.key]();
    }
  });
  canvas.addEventListener("wheel", (event) => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      zoom(scale * (event.deltaY < 0 ? 1.1 : 1 / 1.1));
    }
  }, { passive: false });
  by("focus").addEventListener("change", (event) => {
    const at = names.indexOf(event.target.value);
    if (at >= 0) { focus(at); } else if (event.target.value === "") { actions.all(); }
  });
  by("search").addEventListener("input", (event) => search(event.target.value));
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => details.forEach((one) => { one.dataset.open = one.open; one.open = true; }));
  addEventListener("afterprint", () => details.forEach((one) => { one.open = one.dataset.open === "true"; }));
  // The first look at the picture asks the browser where everything stands, which nobody waits for.
  requestAnimationFrame(() => { fit(); reveal(); });
})();

"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const make = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  // ---- light, dark, as the system ----
  const MODES = { "": "Mode: auto", light: "Mode: light", dark: "Mode: dark" };
  const stored = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("smallsteps-mode") || "";
      localStorage.setItem("smallsteps-mode", value);
    } catch (error) { /* a page without storage forgets its mode */ }
    return value || "";
  };
  const setMode = (mode) => {
    if (mode) document.documentElement.dataset.theme = mode;
    else delete document.documentElement.dataset.theme;
    $("theme").textContent = MODES[mode] || MODES[""];
  };
  let mode = stored();
  setMode(mode);
  $("theme").hidden = false;
  $("theme").addEventListener("click", () => {
    const names = Object.keys(MODES);
    mode = names[(names.indexOf(mode) + 1) % names.length];
    stored(mode);
    setMode(mode);
  });

  // ---- tables: sorted by a column, copied as a whole ----
  const order = (row, index) => {
    const cell = row.cells[index];
    return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", { numeric: true });
  };
  const sortBy = (table, index) => {
    const heads = [...table.tHead.rows[0].cells];
    const down = heads[index].getAttribute("aria-sort") === "ascending"
      || (!heads[index].hasAttribute("aria-sort") && heads[index].classList.contains("number"));
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[index].setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row, place) => [order(row, index), place, row]);
    const empty = (key) => key === "–";  // rows without a value stay last either way
    rows.sort((a, b) => (empty(a[0]) - empty(b[0])) || (down ? compare(b[0], a[0]) : compare(a[0], b[0])) || a[1] - b[1]);
    body.append(...rows.map((row) => row[2]));
  };
  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch (error) {
      const area = make("textarea", "unseen");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  const texts = (row) => [...row.cells].map((cell) => cell.textContent.trim());
  const tabbed = (table) => [...table.rows].map((row) => texts(row).join("\t")).join("\n");
  const TEX = { "\\": "\\textbackslash{}", "&": "\\&", "%": "\\%", "$": "\\$", "#": "\\#", "_": "\\_", "{": "\\{", "}": "\\}",
    "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "<": "$<$", ">": "$>$", "−": "$-$", "–": "--", "≥": "$\\ge$", "±": "$\\pm$" };
  const escaped = (text) => text.replace(/[\\&%$#_{}~^<>−–≥±]/g, (one) => TEX[one]).replace(/\u202f/g, "\\,");
  /* A tabular for booktabs, with its rows in the order in which they are shown. */
  const latex = (table) => {
    const [head, ...rows] = [...table.rows].map((row) => `${texts(row).map(escaped).join(" & ")} \\\\`);
    const columns = [...table.tHead.rows[0].cells].map((cell) => cell.classList.contains("number") ? "r" : "l").join("");
    return [`% ${table.caption.textContent.trim()}`, `\\begin{tabular}{${columns}}`, "\\toprule", head, "\\midrule", ...rows,
      "\\bottomrule", "\\end{tabular}"].join("\n");
  };
  document.querySelectorAll(".tablebox").forEach((box) => {
    const table = box.querySelector("table");
    [...table.tHead.rows[0].cells].forEach((head, index) => {
      const button = make("button", "sort", head.textContent);
      button.type = "button";
      button.addEventListener("click", () => sortBy(table, index));
      head.dataset.title = head.textContent;  // printed instead of the button, which a repeated header leaves out
      head.replaceChildren(button);
    });
    const copier = (title, text) => {
      const button = make("button", "quiet copy", title);
      button.type = "button";
      button.setAttribute("aria-label", `${title} the table: ${table.caption.textContent}`);
      button.addEventListener("click", async () => {
        await copied(text(table));
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = title; }, 1500);
      });
      return button;
    };
    box.querySelector(".tools").prepend(copier("Copy", tabbed), copier("Copy as LaTeX", latex));
  });

  // ---- single questions ----
  const PAGE = 20;
  const SIGNS = { c: "✓", w: "✗", t: "…", n: "∅", e: "!" };
  const NAMES = { c: "correct", w: "wrong", t: "truncated", n: "no answer", e: "error" };
  const OUTCOME = 0, ANSWER = 1, TOKENS = 2, TEXT = 3, EXTRAS = 4;
  const narrow = matchMedia("(max-width: 56rem)");
  const state = { found: [], page: 0, chosen: null, hidden: new Set() };
  let data;

  const label = (arm) => arm.setting ? `${arm.method} (${arm.setting})` : arm.method;
  const corpus = () => $("filter-corpus").value;
  const armsHere = () => data.arms.filter((arm) => arm.corpus === corpus());
  const armsShown = () => armsHere().filter((arm) => !state.hidden.has(label(arm)));
  const extras = (row) => row[EXTRAS] || {};
  const worst = (gains) => Math.min(0, ...gains.slice(1).map((step) => step[2]));

  const KINDS = {
    "": () => true,
    split: (rows) => new Set(rows.map((row) => row[OUTCOME] === "c")).size > 1,
    right: (rows) => rows.every((row) => row[OUTCOME] === "c"),
    failed: (rows) => rows.every((row) => row[OUTCOME] !== "c"),
    readings: (rows) => rows.some((row) => "lenient" in extras(row)),
    steps: (rows) => rows.some((row) => extras(row).wrong),
    losing: (rows) => rows.some((row) => extras(row).gains && worst(extras(row).gains) < 0),
  };

  const filtered = () => {
    const text = $("filter-text").value.trim().toLowerCase();
    const kind = KINDS[$("filter-kind").value];
    const outcome = $("filter-outcome").value, method = $("filter-method").value;
    const arms = armsShown();
    const asked = arms.filter((arm) => !method || label(arm) === method);
    const has = (value) => value !== null && String(value).toLowerCase().includes(text);
    return data.questions[corpus()].flatMap((question, index) => {
      const rows = arms.map((arm) => arm.answers[index]);
      if (!kind(rows)) return [];
      if (outcome || method) {
        const those = asked.map((arm) => arm.answers[index]);
        if (!those.some((row) => !outcome || row[OUTCOME] === outcome)) return [];
      }
      if (text && !question.some(has) && !rows.some((row) => has(row[TEXT]) || has(row[ANSWER]))) return [];
      return [index];
    });
  };

  const strip = (index) => {
    const box = make("span", "strip");
    const groups = new Map();
    armsShown().forEach((arm) => groups.set(label(arm), [...(groups.get(label(arm)) || []), arm.answers[index][OUTCOME]]));
    groups.forEach((outcomes, name) => {
      const group = make("span");
      group.title = `${name}: ${outcomes.map((one) => NAMES[one]).join(", ")}`;
      outcomes.forEach((one) => {
        const sign = make("i", `o o-${one}`, SIGNS[one]);
        sign.setAttribute("aria-hidden", "true");
        group.append(sign);
      });
      group.append(make("span", "unseen", `${group.title}. `));
      box.append(group);
    });
    return box;
  };

  /* A text cut at every border of its spans; offsets count code points, as Python does. */
  const painted = (row) => {
    const { segments = [], wrong = [], gains } = extras(row);
    const characters = Array.from(row[TEXT]);
    const lead = Math.max(0, characters.findIndex((one) => one.trim()));  // white space at the beginning shows nothing
    const steps = gains ? gains.slice(1) : [];
    const low = gains ? worst(gains) : 0;
    const borders = new Set([lead, characters.length]);
    [...segments.map((one) => one.slice(1)), ...wrong, ...steps].forEach(([start, end]) => borders.add(start).add(end));
    const places = [...borders].filter((place) => place >= lead && place <= characters.length).sort((a, b) => a - b);
    const inside = (spans, start) => spans.find((span) => span[0] <= start && start < span[1]);
    const out = [];
    places.slice(0, -1).forEach((start, at) => {
      const end = places[at + 1];
      const run = make("span", "", characters.slice(start, end).join(""));
      const segment = segments.find((one) => one[1] <= start && start < one[2]);
      if (segment) run.classList.add("seg", `seg-${segment[0]}`);
      if (inside(wrong, start)) {
        run.classList.add("bad-step");
        run.title = "wrong arithmetic";
      }
      out.push(run);
      steps.filter((step) => step[1] === end).forEach((step) => {
        const value = `${step[2] < 0 ? "−" : "+"}${Math.abs(step[2]).toFixed(2)}`;
        const tag = make("span", `gain ${step[2] < 0 ? "down" : "up"}`, value);
        const worstHere = low < 0 && step[2] === low;
        if (worstHere) tag.classList.add("worst");
        tag.title = `nats that this step adds to the log-probability of the gold answer${worstHere ? "; the largest drop" : ""}`;
        out.push(tag);
      });
    });
    return out;
  };

  const card = (arm, index) => {
    const row = arm.answers[index], extra = extras(row);
    const box = make("section", "one");
    const head = make("h4");
    const sign = make("i", `o o-${row[OUTCOME]}`, SIGNS[row[OUTCOME]]);
    sign.setAttribute("aria-hidden", "true");
    const facts = [`${arm.student}, seed ${arm.seed}`, NAMES[row[OUTCOME]]];
    if (row[ANSWER] !== null) facts.push(`answer ${row[ANSWER]}`);
    if ("lenient" in extra) facts.push(`lenient ${extra.lenient === null ? "none" : extra.lenient}`);
    if ("grade" in extra) facts.push(`grade ${(100 * extra.grade).toFixed(1)} %`);
    if (arm.samples > 1) facts.push(`${extra.votes} of ${arm.samples} votes, first sample shown`);
    facts.push(`${row[TOKENS]} tokens`);
    if (extra.gains) facts.push(`log P of the gold answer before any step ${extra.gains[0].toFixed(2).replace("-", "−")}`);
    if (extra.cut) facts.push(`cut after ${Array.from(row[TEXT]).length} of ${extra.cut} characters`);
    head.append(sign, make("span", "", label(arm)), make("span", "meta", facts.join(" · ")));
    const text = make("p", "text");
    text.append(...painted(row));
    box.append(head, text);
    return box;
  };

  const showDetail = (index) => {
    const [id, question, gold, group] = data.questions[corpus()][index];
    const about = make("p", "gold");
    about.append("Gold answer ", make("strong", "", gold), ` · ${id}${group ? ` · ${group}` : ""}`);
    const answers = make("div", "answers");
    answers.append(...armsShown().map((arm) => card(arm, index)));
    $("detail").replaceChildren(make("h3", "question", question), about, answers);
    $("detail").scrollTop = 0;
  };

  const placeDetail = () => {
    const open = $("list").querySelector('[aria-expanded="true"]');
    if (narrow.matches && open) open.parentElement.append($("detail"));
    else document.querySelector("#browser .split").append($("detail"));
    $("detail").hidden = !open;
  };

  const choose = (index) => {
    state.chosen = index;
    document.querySelector("#browser .split").append($("detail"));
    $("list").querySelectorAll(".item").forEach((item) => {
      item.setAttribute("aria-expanded", String(Number(item.dataset.index) === index));
    });
    if (index !== null) showDetail(index);
    placeDetail();
  };

  const showList = () => {
    const pages = Math.max(1, Math.ceil(state.found.length / PAGE));
    state.page = Math.min(state.page, pages - 1);
    const here = state.found.slice(state.page * PAGE, (state.page + 1) * PAGE);
    document.querySelector("#browser .split").append($("detail"));
    $("list").replaceChildren(...here.map((index) => {
      const item = make("button", "item");
      item.type = "button";
      item.dataset.index = index;
      item.setAttribute("aria-controls", "detail");
      item.append(make("span", "words", data.questions[corpus()][index][1]), strip(index));
      item.addEventListener("click", () => {
        choose(narrow.matches && state.chosen === index ? null : index);
      });
      const line = make("li");
      line.append(item);
      return line;
    }));
    $("list").hidden = !here.length;
    const all = data.questions[corpus()].length;
    $("found").textContent = `${state.found.length} of ${all} questions`;
    $("place").textContent = `page ${state.page + 1} of ${pages}`;
    $("earlier").disabled = state.page === 0;
    $("later").disabled = state.page >= pages - 1;
    const chosen = here.includes(state.chosen) ? state.chosen : (narrow.matches || !here.length ? null : here[0]);
    choose(chosen);
  };

  const search = () => { state.found = filtered(); state.page = 0; showList(); };
  const turn = (by) => { state.page += by; state.chosen = null; showList(); };

  const options = (select, names, first) => {
    select.replaceChildren(...(first ? [new Option(first, "")] : []), ...names.map((name) => new Option(name, name)));
  };
  const setUpArms = () => {
    const names = [...new Set(armsHere().map(label))];
    options($("filter-method"), names, "any method");
    $("shown").replaceChildren(make("legend", "", "Show"), ...names.map((name) => {
      const box = make("input");
      box.type = "checkbox";
      box.checked = !state.hidden.has(name);
      box.addEventListener("change", () => {
        if (box.checked) state.hidden.delete(name); else state.hidden.add(name);
        state.found = filtered();
        showList();
      });
      const line = make("label");
      line.append(box, name);
      return line;
    }));
  };

  const setUp = () => {
    const corpora = Object.keys(data.questions);
    options($("filter-corpus"), corpora);
    $("corpus-label").hidden = corpora.length < 2;
    const all = data.arms.flatMap((arm) => arm.answers.map(extras));
    document.querySelectorAll("[data-needs]").forEach((key) => { key.hidden = !all.some((one) => one[key.dataset.needs]); });
    const losing = $("filter-kind").querySelector('[value="losing"]');
    if (!all.some((one) => one.gains)) losing.remove();
    $("filter-corpus").addEventListener("change", () => { state.hidden.clear(); state.chosen = null; setUpArms(); search(); });
    ["filter-kind", "filter-outcome", "filter-method"].forEach((id) => $(id).addEventListener("change", search));
    let timer;
    $("filter-text").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 120); });
    $("filters").addEventListener("submit", (event) => { event.preventDefault(); search(); });
    $("filters").addEventListener("reset", () => setTimeout(() => { setUpArms(); search(); }));
    $("earlier").addEventListener("click", () => turn(-1));
    $("later").addEventListener("click", () => turn(1));
    $("list").addEventListener("keydown", (event) => {
      const items = [...$("list").querySelectorAll(".item")];
      const at = items.indexOf(document.activeElement);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
      if (at < 0 || to === undefined || !items[to]) return;
      event.preventDefault();
      items[to].focus();
      if (!narrow.matches) choose(Number(items[to].dataset.index));
    });
    narrow.addEventListener("change", placeDetail);
    setUpArms();
    search();
    $("browser").hidden = false;
  };

  const unpack = async (text) => {
    const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  };
  const trouble = (text) => { $("browser-trouble").textContent = text; $("browser-trouble").hidden = false; };
  if (typeof DecompressionStream === "undefined") {
    trouble("This web browser is too old to unpack the questions; answers.csv beside this page lists every answer.");
  } else {
    unpack($("data").textContent).then((found) => { data = found; setUp(); }).catch((error) => trouble(`The questions cannot be read: ${error}`));
  }
})();
